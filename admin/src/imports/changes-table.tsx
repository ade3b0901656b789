import {
  Box,
  Link,
  MenuItem,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  TextField,
} from '@mui/material';
import { type ReactNode, useState } from 'react';
import { useLocaleState, useTranslate } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { type Item } from '../api';
import { useItemsOf } from '../items/items-of-changes';
import { formatPrice } from '../items/price';
import { type Import, type ImportChange, writesOf } from './import';
import { RowPages } from './row-pages';
import { TableFrame } from './table-frame';
import { type Action, useChanges } from './use-changes';

const COUNT_OF = { insert: 'inserted', update: 'updated', delete: 'deleted', none: 'unchanged' } as const;
/** An edit makes no items, and a file deletes none. */
const ACTIONS: Readonly<Record<'file' | 'edit', readonly Action[]>> = {
  file: ['insert', 'update', 'none'],
  edit: ['update', 'delete', 'none'],
};

function firstAction({ updated, deleted }: Import): Action | undefined {
  if (updated > 0) return 'update';
  return deleted > 0 ? 'delete' : undefined;
}

/** What a preview will do, row by row, with the old and the new price side by side. */
export function ChangesTable({ of }: { of: Import }) {
  const translate = useTranslate();
  const [action, setAction] = useState<Action | undefined>(firstAction(of));
  const [page, setPage] = useState(1);
  const { data: changes = [], error, isFetching, refetch } = useChanges(of.id, action, page);
  const items = useItemsOf(changes);
  const total = action ? of[COUNT_OF[action]] : writesOf(of) + of.unchanged;
  return (
    <>
      <ActionSelect
        of={of}
        value={action}
        onChange={(next) => {
          setAction(next);
          setPage(1);
        }}
      />
      <TableFrame
        label={translate('emporium.imports.changes')}
        isFetching={isFetching}
        error={error}
        onRetry={() => void refetch()}
      >
        <Table size="small">
          <TableHead>
            <TableRow>
              {!of.edit && <TableCell align="right">{translate('emporium.imports.line')}</TableCell>}
              <TableCell>{translate('resources.items.name', { smart_count: 1 })}</TableCell>
              <TableCell align="right">{translate('emporium.imports.old_price')}</TableCell>
              <TableCell align="right">{translate('emporium.imports.new_price')}</TableCell>
              <TableCell>{translate('resources.items.fields.tags')}</TableCell>
              <TableCell>{translate('emporium.imports.change')}</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {changes.map((change) => (
              <ChangeRow
                key={change.id}
                change={change}
                hasLine={!of.edit}
                item={change.item_id === null ? undefined : items.get(change.item_id)}
              />
            ))}
          </TableBody>
        </Table>
      </TableFrame>
      <RowPages page={page} total={total} onChange={setPage} />
    </>
  );
}

interface ActionSelectProps {
  of: Import;
  value: Action | undefined;
  onChange: (action: Action | undefined) => void;
}

function ActionSelect({ of, value, onChange }: ActionSelectProps) {
  const translate = useTranslate();
  const [language] = useLocaleState();
  const actions = ACTIONS[of.edit ? 'edit' : 'file'];
  return (
    <TextField
      select
      id="import-action"
      label={translate('emporium.imports.show')}
      value={value ?? ''}
      onChange={(event) => {
        onChange(actions.find((action) => action === event.target.value));
      }}
      slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
      sx={{ maxWidth: 260 }}
    >
      <MenuItem value="">{translate('emporium.imports.actions.any')}</MenuItem>
      {actions.map((action) => (
        <MenuItem key={action} value={action}>
          {translate(`emporium.imports.actions.${action}`)} ({of[COUNT_OF[action]].toLocaleString(language)})
        </MenuItem>
      ))}
    </TextField>
  );
}

interface ChangeRowProps {
  change: ImportChange;
  /** whether it has a line of a file */
  hasLine: boolean;
  /** as it is now, if it exists */
  item: Item | undefined;
}

function ChangeRow({ change, hasLine, item }: ChangeRowProps) {
  const translate = useTranslate();
  const { action, before, after, line, item_id: itemId } = change;
  const isChanged = (member: string) => action === 'update' && (member in before || member in after);
  const known = action === 'delete' ? before : after;
  const name = typeof known.name === 'string' ? known.name : (item?.name ?? `#${itemId}`);
  const sku = known.sku ?? item?.sku;
  return (
    <TableRow>
      {hasLine && <TableCell align="right">{line}</TableCell>}
      <TableCell>
        {isChanged('name') && <Old>{String(before.name)}</Old>}
        {itemId === null ? (
          <strong>{name}</strong>
        ) : (
          <Link component={RouterLink} to={`/items/${itemId}`} color="inherit" sx={{ fontWeight: 700 }}>
            {name}
          </Link>
        )}
        {typeof sku === 'string' && (
          <Box component="span" sx={{ color: 'text.secondary', display: 'block', fontSize: '0.85em' }}>
            {sku}
          </Box>
        )}
      </TableCell>
      <TableCell align="right">{action === 'insert' ? '–' : priceOf(before.price ?? item?.price)}</TableCell>
      <TableCell align="right">
        {action === 'insert' || isChanged('price') ? (
          <strong>{priceOf(after.price)}</strong>
        ) : action === 'delete' ? (
          '–'
        ) : (
          priceOf(item?.price)
        )}
      </TableCell>
      <TableCell>
        {isChanged('tags') && <Old>{tagsOf(before.tags) || translate('emporium.conflict.empty')}</Old>}
        {isChanged('tags') ? (
          <strong>{tagsOf(after.tags) || translate('emporium.conflict.empty')}</strong>
        ) : (
          tagsOf(known.tags)
        )}
      </TableCell>
      <TableCell>{translate(`emporium.imports.actions.${action}`)}</TableCell>
    </TableRow>
  );
}

/** Programs that read aloud say which one was there before. */
function Old({ children }: { children: ReactNode }) {
  const translate = useTranslate();
  return (
    <Box component="span" sx={{ color: 'text.secondary' }}>
      {children}{' '}
      <span role="img" aria-label={translate('emporium.history.becomes')}>
        →
      </span>{' '}
    </Box>
  );
}

const priceOf = (price: unknown) => (typeof price === 'number' ? formatPrice(price) : '');
const tagsOf = (tags: unknown) => (Array.isArray(tags) ? tags.join(', ') : '');

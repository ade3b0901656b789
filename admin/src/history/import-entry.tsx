import { Button, Link, Typography } from '@mui/material';
import { useId, useState } from 'react';
import { useLocaleState, useTranslate } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { type Change } from '../api';
import { writesOf } from '../imports/import';
import { importElementIdOf } from './change';
import { EntryFrame } from './entry-frame';
import { Filled } from '../layout/filled';
import { type HistoryFilter } from './history-filter';
import { ImportChanges } from './import-changes';
import { type Scope } from './use-changes';
import { useToldImport } from './use-told-import';
import { WhoAndWhen } from './who-and-when';

interface ImportEntryProps {
  /** stands for all changes of the import, or of its undo */
  last: Change;
  importId: number;
  scope: Scope;
  filter: HistoryFilter;
  now: number;
}

/** All that an import or its undo has changed. The single changes are read when they are asked for. */
export function ImportEntry(props: ImportEntryProps) {
  const { last, now } = props;
  const translate = useTranslate();
  const [isOpen, setOpen] = useState(false);
  const elementId = importElementIdOf(last);
  const changesId = useId();
  return (
    <EntryFrame id={elementId} icon="import">
      <Typography id={`${elementId}-text`} sx={{ overflowWrap: 'anywhere' }}>
        <ImportHeadline {...props} />
      </Typography>
      <WhoAndWhen change={last} now={now} isOfImport />
      <Button
        id={`${elementId}-open`}
        size="small"
        sx={{ marginLeft: -0.5 }}
        aria-expanded={isOpen}
        aria-controls={isOpen ? changesId : undefined}
        // The buttons of all imports are called the same otherwise.
        aria-labelledby={`${elementId}-open ${elementId}-text`}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {translate(`emporium.history.imports.${isOpen ? 'hide' : 'show'}`)}
      </Button>
      <div id={changesId}>{isOpen && <ImportChanges {...props} />}</div>
    </EntryFrame>
  );
}

function ImportHeadline({ last, importId }: ImportEntryProps) {
  const translate = useTranslate();
  const [language] = useLocaleState();
  const told = useToldImport(importId, last);
  const name = (
    <Link component={RouterLink} to={`/stores/${last.store_id}/imports/${importId}`} sx={{ fontWeight: 700 }}>
      {translate(`emporium.history.imports.${told?.made.edit ? 'edit' : 'file'}`, { id: importId })}
    </Link>
  );
  if (!told) return name;
  const { made, isUndo } = told;
  const items = writesOf(made);
  const kind = isUndo ? 'undo' : made.state === 'undone' ? 'wrote_undone' : 'wrote';
  const text = translate(`emporium.history.imports.${kind}`, {
    name: '%{name}',
    smart_count: items,
    items: items.toLocaleString(language),
  });
  return <Filled text={text} nodes={{ name }} />;
}

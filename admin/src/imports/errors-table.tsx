import DownloadIcon from '@mui/icons-material/Download';
import {
  Alert,
  Box,
  Button,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Typography,
} from '@mui/material';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocaleState, useTranslate } from 'react-admin';
import { api } from '../api';
import { asUser } from '../as-user';
import { Cancelled } from '../panel-error';
import { readFailedRows } from './calls';
import { type Import, KEPT_ERRORS } from './import';
import { useTextsOf } from './use-texts-of';
import { RowMessage } from './row-message-text';
import { PER_PAGE, RowPages } from './row-pages';
import { TableFrame } from './table-frame';

/** What is wrong with which line, and the way to mend it; or which items an undo has left alone. */
export function ErrorsTable({ of }: { of: Import }) {
  const translate = useTranslate();
  const say = useTextsOf(of);
  const [language] = useLocaleState();
  const [page, setPage] = useState(1);
  const { data, error, isFetching, refetch } = useQuery({
    // An undo adds the items that it leaves alone.
    queryKey: ['imports', 'errors', of.id, of.state, page],
    queryFn: () => asUser(() => api.imports.listErrors({ id: of.id, page, limit: PER_PAGE, count: true })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const hasBadRows = of.failed > 0;
  const hasLines = hasBadRows && !of.edit;
  const message = hasBadRows ? 'emporium.imports.message' : 'emporium.items.edits.item';
  if (!hasBadRows && !data?.total) return null;
  const heading = hasBadRows
    ? say('errors', { smart_count: of.failed })
    : translate('emporium.imports.left_alone', { smart_count: data?.total });
  return (
    <>
      <Typography variant="h6" component="h2" sx={{ marginTop: 3 }}>
        {heading}
      </Typography>
      {of.failed > KEPT_ERRORS && (
        <Typography variant="body2" color="textSecondary">
          {say('kept', { kept: KEPT_ERRORS.toLocaleString(language) })}
        </Typography>
      )}
      {hasLines && (
        <>
          <Typography variant="body2" color="textSecondary">
            {translate('emporium.imports.mend')}
          </Typography>
          <DownloadFailed id={of.id} />
        </>
      )}
      <TableFrame label={heading} isFetching={isFetching} error={error} onRetry={() => void refetch()}>
        <Table size="small">
          <TableHead>
            <TableRow>
              {hasLines && <TableCell align="right">{translate('emporium.imports.line')}</TableCell>}
              {hasBadRows && <TableCell>{translate('emporium.imports.field')}</TableCell>}
              <TableCell>{translate(message)}</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {data?.rows.map(({ id, line, pointer, message }) => (
              <TableRow key={id}>
                {hasLines && <TableCell align="right">{line || ''}</TableCell>}
                {hasBadRows && <TableCell>{line > 0 && fieldOf(pointer, translate)}</TableCell>}
                <TableCell>
                  <RowMessage message={message} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </TableFrame>
      <RowPages page={page} total={data?.total ?? 0} onChange={setPage} />
    </>
  );
}

/** A pointer such as `/price` or `/tags/2`, as the forms call it. */
function fieldOf(pointer: string, translate: ReturnType<typeof useTranslate>): string {
  const member = pointer.split('/')[1];
  if (member === undefined) return translate('emporium.imports.whole_row');
  return translate(`resources.items.fields.${member}`, { _: member });
}

function DownloadFailed({ id }: { id: number }) {
  const translate = useTranslate();
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const download = async () => {
    setBusy(true);
    setFault(undefined);
    try {
      save(await readFailedRows(id), `import-${id}-errors.csv`);
    } catch (error) {
      if (!(error instanceof Cancelled)) setFault(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Box sx={{ marginY: 1 }}>
      <Button
        variant="outlined"
        size="small"
        startIcon={<DownloadIcon />}
        loading={isBusy}
        onClick={() => void download()}
      >
        {translate('emporium.imports.download')}
      </Button>
      <div role="alert">
        {fault !== undefined && (
          <Alert severity="error" role="presentation" sx={{ marginTop: 1 }}>
            {fault}
          </Alert>
        )}
      </div>
    </Box>
  );
}

/** A link would have no token. */
function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The browser has begun to read it by then.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}

import { Box, LinearProgress } from '@mui/material';
import { useTranslate } from 'react-admin';
import { type Change } from '../api';
import { ChangeNames } from './change-names';
import { Entry } from './entry';
import { type HistoryFilter, toQuery } from './history-filter';
import { ReadOn } from './read-on';
import { type Scope, useChanges } from './use-changes';
import { useUndo } from './use-undo';

interface ImportChangesProps {
  /** the last one of them */
  last: Change;
  importId: number;
  scope: Scope;
  filter: HistoryFilter;
  now: number;
}

/** The changes that an import, or its undo, has made, as far as they pass the filter. */
export function ImportChanges({ last, importId, scope, filter, now }: ImportChangesProps) {
  const translate = useTranslate();
  const { resource, action } = toQuery(filter);
  // All changes of one transaction have its time, so that the import and its undo are told apart.
  const until = new Date(Date.parse(last.at) + 1).toISOString();
  const read = useChanges(scope, {
    import_id: importId,
    since: last.at,
    until,
    ...(resource && { resource }),
    ...(action && { action }),
  });
  const changes = read.data?.pages.flatMap(({ rows }) => rows) ?? [];
  const undo = useUndo();
  return (
    <ChangeNames storeId={last.store_id} changes={changes} isComplete={false}>
      <div style={{ height: 4 }}>{read.isFetching && <LinearProgress aria-hidden />}</div>
      <Box component="ol" sx={{ listStyle: 'none', padding: 0, margin: 0 }}>
        {changes.map((change) => (
          <Entry
            key={change.id}
            change={change}
            scope={scope}
            now={now}
            onUndo={undo.ask}
            notice={undo.noticeOf(change)}
            isOfImport
          />
        ))}
      </Box>
      <ReadOn read={read} nothing={translate('emporium.history.nothing_fits')} end={undefined} />
      {undo.dialog}
    </ChangeNames>
  );
}

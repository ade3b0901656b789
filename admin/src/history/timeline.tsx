import { LinearProgress } from '@mui/material';
import { useMemo } from 'react';
import { Loading, useTranslate } from 'react-admin';
import { type Change } from '../api';
import { ChangeNames } from './change-names';
import { byDay, DayGroup } from './day-group';
import { Entry } from './entry';
import { type HistoryFilter, ofImports, toQuery } from './history-filter';
import { ImportEntry } from './import-entry';
import { ReadOn } from './read-on';
import { useNow } from './times';
import { type Part, type Scope, useChanges } from './use-changes';
import { useUndo } from './use-undo';

interface TimelineProps {
  scope: Scope;
  storeId: number;
  filter?: HistoryFilter;
  /** @returns whether the page goes, because what it is about does not exist any more */
  onUndone?: (change: Change, name: string) => boolean;
}

const NO_FILTER: HistoryFilter = {};

/** In the history of a store an import is one entry, which can be opened: it can have a million changes. */
export function Timeline({ scope, storeId, filter = NO_FILTER, onUndone }: TimelineProps) {
  const translate = useTranslate();
  const now = useNow();
  const read = useChanges(scope, partOf(scope, filter));
  const { data, error, isFetching } = read;
  const changes = useMemo(() => data?.pages.flatMap(({ rows }) => rows) ?? [], [data]);
  /** The import that a change stands for, if it does. */
  const importOf = ({ import_id: importId }: Change) => (scope.of === 'store' ? importId : null);
  const told = changes.filter((change) => importOf(change) === null);
  const isComplete =
    scope.of === 'store' &&
    filter.action === undefined &&
    filter.until === undefined &&
    told.length === changes.length;
  const undo = useUndo(onUndone);

  if (!data && !error) return <Loading />;
  return (
    <ChangeNames storeId={storeId} changes={changes} told={told} isComplete={isComplete}>
      <div style={{ height: 4 }}>{isFetching && <LinearProgress aria-hidden />}</div>
      {byDay(changes).map(({ day, changes: ofDay }, index) => (
        <DayGroup key={`${day} ${index}`} id={`day-${index}`} day={day} now={now}>
          {ofDay.map((change) => {
            const importId = importOf(change);
            return importId !== null ? (
              <ImportEntry
                key={change.id}
                last={change}
                importId={importId}
                scope={scope}
                filter={filter}
                now={now}
              />
            ) : (
              <Entry
                key={change.id}
                change={change}
                scope={scope}
                now={now}
                onUndo={undo.ask}
                notice={undo.noticeOf(change)}
              />
            );
          })}
        </DayGroup>
      ))}
      <ReadOn
        read={read}
        nothing={translate(
          Object.keys(filter).length > 0 ? 'emporium.history.nothing_fits' : 'emporium.history.nothing',
        )}
        end={translate('emporium.history.all_shown')}
      />
      {undo.dialog}
    </ChangeNames>
  );
}

function partOf({ of }: Scope, filter: HistoryFilter): Part {
  if (of === 'item') return toQuery(filter);
  return { ...toQuery(filter), of_imports: ofImports(filter) };
}

import { Alert, Button, LinearProgress, Typography } from '@mui/material';
import { useEffect, useMemo, useState } from 'react';
import { Loading, useTranslate } from 'react-admin';
import { type Change } from '../api';
import { Cancelled } from '../panel-error';
import { byDay, DayGroup } from './day-group';
import { elementIdOf, Entry } from './entry';
import { type HistoryFilter } from './history-filter';
import { type Names, NamesContext } from './names';
import { keyOf, subjectIdOf } from './subject';
import { useNow } from './times';
import { readAgainAfterUndo } from './undo';
import { UndoDialog } from './undo-dialog';
import { UndoneNotice } from './undone-notice';
import { type Scope, useChanges } from './use-changes';
import { useSubjects } from './use-subjects';
import { useUserNames } from './use-user-names';

interface TimelineProps {
  scope: Scope;
  storeId: number;
  filter?: HistoryFilter;
  /** @returns whether the page goes, because what it is about does not exist any more */
  onUndone?: (change: Change, name: string) => boolean;
}

const NO_FILTER: HistoryFilter = {};

export function Timeline({ scope, storeId, filter = NO_FILTER, onUndone }: TimelineProps) {
  const translate = useTranslate();
  const now = useNow();
  const { data, error, isFetching, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useChanges(
    scope,
    filter,
  );
  const changes = useMemo(() => data?.pages.flatMap(({ rows }) => rows) ?? [], [data]);
  const isComplete = scope.of === 'store' && filter.action === undefined && filter.until === undefined;
  const subjects = useSubjects(storeId, changes, isComplete);
  const userName = useUserNames(changes);
  const names: Names = { subjectOf: (change) => subjects.get(keyOf(subjectIdOf(change))), userName };
  const [asked, setAsked] = useState<Change>();
  const [undone, setUndone] = useState<{ change: Change; name: string }>();
  const focus = useFocusOn();

  const afterUndo = (change: Change, name: string) => {
    setAsked(undefined);
    if (!onUndone?.(change, name)) {
      setUndone({ change, name });
      focus(change);
    }
    void readAgainAfterUndo();
  };
  const loadMore = async () => {
    const shown = changes.length;
    const { data: all } = await fetchNextPage();
    const first = all?.pages.flatMap(({ rows }) => rows)[shown];
    // The button can be gone, and with it the place where the keyboard was.
    if (first) focus(first);
  };

  if (!data && !error) return <Loading />;
  return (
    <NamesContext.Provider value={names}>
      <div style={{ height: 4 }}>{isFetching && <LinearProgress aria-hidden />}</div>
      {byDay(changes).map(({ day, changes: ofDay }, index) => (
        <DayGroup key={`${day} ${index}`} id={`day-${index}`} day={day} now={now}>
          {ofDay.map((change) => (
            <Entry
              key={change.id}
              change={change}
              scope={scope}
              now={now}
              onUndo={setAsked}
              notice={undone?.change.id === change.id && <UndoneNotice {...undone} />}
            />
          ))}
        </DayGroup>
      ))}
      {error && !(error instanceof Cancelled) && (
        <Alert
          severity="error"
          sx={{ marginTop: 2 }}
          action={
            <Button
              color="inherit"
              size="small"
              onClick={() => void (data && hasNextPage ? fetchNextPage() : refetch())}
            >
              {translate('emporium.retry')}
            </Button>
          }
        >
          {translate('emporium.not_read')} {error.message}
        </Alert>
      )}
      {data && changes.length === 0 && (
        <Typography color="textSecondary" sx={{ paddingY: 3 }}>
          {translate(
            Object.keys(filter).length > 0 ? 'emporium.history.nothing_fits' : 'emporium.history.nothing',
          )}
        </Typography>
      )}
      {hasNextPage ? (
        <Button
          variant="outlined"
          loading={isFetchingNextPage}
          sx={{ marginY: 2 }}
          onClick={() => void loadMore()}
        >
          {translate('emporium.history.more')}
        </Button>
      ) : (
        changes.length > 0 && (
          <Typography variant="body2" color="textSecondary" sx={{ marginY: 2 }}>
            {translate('emporium.history.all_shown')}
          </Typography>
        )
      )}
      {asked && (
        <UndoDialog
          key={asked.id}
          change={asked}
          onClose={() => {
            setAsked(undefined);
          }}
          onUndone={afterUndo}
          onRefused={() => void readAgainAfterUndo()}
        />
      )}
    </NamesContext.Provider>
  );
}

/** Puts the focus on the entry of a change when it is next drawn, after a dialog has given the focus back. */
function useFocusOn(): (change: Change) => void {
  const [wanted, setWanted] = useState<string>();
  useEffect(() => {
    if (wanted === undefined) return;
    const timer = setTimeout(() => {
      document.getElementById(wanted)?.focus({ preventScroll: true });
      setWanted(undefined);
    });
    return () => {
      clearTimeout(timer);
    };
  }, [wanted]);
  return (change) => {
    setWanted(elementIdOf(change));
  };
}

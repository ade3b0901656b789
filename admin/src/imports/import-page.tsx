import { Alert, Box, Typography } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Loading, useTranslate } from 'react-admin';
import { NavigationType, useNavigationType, useParams } from 'react-router-dom';
import { api } from '../api';
import { asUser } from '../as-user';
import { ReadFault } from '../layout/read-fault';
import { Cancelled } from '../panel-error';
import { ChangesTable } from './changes-table';
import { Counts } from './counts';
import { ErrorsTable } from './errors-table';
import { tellFileFault } from './file-fault';
import { Frame } from './frame';
import { type Import, isMoving, kindOf, writesOf, wroteNothing } from './import';
import { Moving } from './moving';
import { BackToFile, PreviewActions } from './preview-actions';
import { UndoImport } from './undo-import';
import { useImport } from './use-import';
import { useLeftAlone } from './use-left-alone';
import { useTextsOf } from './use-texts-of';

/** An import has an address of its own, so that its progress is found again after a reload, and in another browser. */
export default function ImportPage() {
  const { id, importId } = useParams();
  const { data, error, refetch } = useImport(Number(importId));
  return (
    <Frame storeId={Number(id)} title={data?.edit ? 'title_edit' : 'title_one'} id={Number(importId)}>
      {error && !(error instanceof Cancelled) && (
        <ReadFault reason={error.message} onRetry={() => void refetch()} />
      )}
      {data ? <Shown key={data.id} of={data} /> : !error && <Loading />}
    </Frame>
  );
}

function Shown({ of }: { of: Import }) {
  const translate = useTranslate();
  const heading = useFocusOnChange(of.state);
  const say = useTextsOf(of);
  const { state, failed } = of;
  return (
    <>
      <div role="status">
        <Typography ref={heading} variant="h6" component="h2" tabIndex={-1} sx={{ outlineOffset: 4 }}>
          {say(`states.${state}`)}
        </Typography>
        {of.edit && <Typography>{translate(`emporium.imports.kinds.${kindOf(of)}`)}</Typography>}
        {!isMoving(of) && <Explanation of={of} />}
      </div>
      {state === 'failed' && failed === 0 && <FileFault id={of.id} />}
      {isMoving(of) ? <Moving of={of} /> : !wroteNothing(of) && <Counts of={of} />}
      {(state === 'previewed' || of.operation === 'apply') && <PreviewActions of={of} />}
      {(state === 'succeeded' || of.operation === 'undo') && <UndoImport of={of} />}
      {state === 'failed' && !of.edit && <BackToFile storeId={of.store_id} />}
      {state === 'previewed' && writesOf(of) + of.unchanged > 0 && (
        <Box sx={{ marginTop: 3 }}>
          <Typography variant="h6" component="h2" sx={{ marginBottom: 1 }}>
            {translate('emporium.imports.changes')}
          </Typography>
          <ChangesTable of={of} />
        </Box>
      )}
      {!isMoving(of) && (failed > 0 || state === 'undone') && <ErrorsTable of={of} />}
    </>
  );
}

function Explanation({ of }: { of: Import }) {
  const say = useTextsOf(of);
  const hasLeftAlone = useLeftAlone(of);
  // It must not claim first that all is undone.
  if (of.state === 'undone' && hasLeftAlone === undefined) return null;
  return (
    <Typography color="textSecondary">
      {say(`explained.${hasLeftAlone ? 'partly_undone' : explanationOf(of)}`)}
    </Typography>
  );
}

function explanationOf(of: Import): string {
  if (of.state === 'failed' && of.failed === 0) return 'given_up';
  return of.state === 'previewed' && writesOf(of) === 0 ? 'nothing' : of.state;
}

/** Why a file was refused. */
function FileFault({ id }: { id: number }) {
  const translate = useTranslate();
  const { data } = useQuery({
    queryKey: ['imports', 'fault', id],
    queryFn: async () => (await asUser(() => api.imports.listErrors({ id, limit: 1 }))).rows[0] ?? null,
    retry: false,
  });
  if (!data) return null;
  return (
    <Alert severity="error" sx={{ marginY: 2, overflowWrap: 'anywhere' }}>
      {tellFileFault(data.message, translate) ?? data.message}
    </Alert>
  );
}

/** The button that has led to another state, or to this page, is gone, and with it the place where the keyboard was. */
function useFocusOnChange(state: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  // A page that was loaded, or is opened by the browser's buttons, begins at its top as usual.
  const isLoaded = useNavigationType() === NavigationType.Pop;
  const before = useRef(isLoaded ? state : undefined);
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    // A dialog gives the focus back to its button first.
    const timer = setTimeout(() => {
      if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
    });
    return () => {
      clearTimeout(timer);
    };
  }, [state]);
  return heading;
}

import { Alert, Box, Button, LinearProgress, Typography } from '@mui/material';
import { useEffect, useState } from 'react';
import { useGetOne, useTranslate } from 'react-admin';
import { NavigationType, useLocation, useNavigate, useNavigationType, useParams } from 'react-router-dom';
import { type Store } from '../api';
import { ReadFault } from '../layout/read-fault';
import { Cancelled, PanelError } from '../panel-error';
import { useMayWrite } from '../stores/use-may-write';
import { type Draft, keepDraft, keptDraft, readingOf, startDraft } from './draft';
import { DropZone } from './drop-zone';
import { tellFileFault } from './file-fault';
import { Frame } from './frame';
import { missingColumns } from './guess/reading';
import { ReadingForm } from './reading-form';
import { useUpload } from './use-upload';

/** How the page was opened: with the file of the last preview, and to make that again at once. */
export interface WizardState {
  draft?: 'keep' | 'send';
}

export default function WizardPage() {
  const translate = useTranslate();
  const storeId = Number(useParams().id);
  const mayWrite = useMayWrite(storeId);
  const { data: store, error, refetch } = useGetOne<Store>('stores', { id: storeId }, { retry: false });
  return (
    <Frame storeId={storeId} title="title_new">
      {!store && error ? (
        !(error instanceof Cancelled) && <ReadFault reason={error.message} onRetry={() => void refetch()} />
      ) : mayWrite === false ? (
        <Alert severity="info">{translate('emporium.items.read_only_list')}</Alert>
      ) : (
        <Wizard key={storeId} storeId={storeId} />
      )}
    </Frame>
  );
}

function Wizard({ storeId }: { storeId: number }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const { draft: asked } = (useLocation().state ?? {}) as WizardState;
  // Whoever comes back finds the file as they left it, and it is not sent again.
  const wanted = useNavigationType() === NavigationType.Pop ? 'keep' : asked;
  const [draft, setDraft] = useState<Draft | undefined>(() => wanted && keptDraft(storeId));
  const [fault, setFault] = useState<string>();
  const { share, error, send, stop } = useUpload(({ id }) => {
    void navigate(`/stores/${storeId}/imports/${id}`);
  });
  const isSending = share !== undefined;
  useEffect(() => {
    if (wanted === 'send' && draft) void send(draft);
  }, []);

  const open = async (file: File) => {
    setFault(undefined);
    try {
      setDraft(await startDraft(storeId, file));
    } catch (error) {
      // A file that was chosen before must not be taken for this one.
      setDraft(undefined);
      setFault(error instanceof PanelError ? error.message : translate('emporium.imports.file_gone'));
    }
  };
  const message = fault ?? (error && tellUploadError(error, translate));
  return (
    <>
      {draft === undefined && (
        <Typography variant="body2" color="textSecondary" sx={{ marginBottom: 2 }}>
          {translate('emporium.imports.intro')}
        </Typography>
      )}
      {!isSending && (
        <DropZone
          fileName={draft?.file.name}
          onFile={(file) => {
            void open(file);
          }}
        />
      )}
      {draft && !isSending && (
        <ReadingForm
          draft={draft}
          onChange={(next) => {
            setDraft(keepDraft(next));
          }}
        />
      )}
      <div role="alert">
        {message !== undefined && !isSending && (
          <Alert severity="error" role="presentation" sx={{ marginTop: 1, overflowWrap: 'anywhere' }}>
            {message}
          </Alert>
        )}
      </div>
      {draft && isSending && <Sending name={draft.file.name} share={share} onStop={stop} />}
      {draft && !isSending && (
        <Box sx={{ marginTop: 2, display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center' }}>
          <Button
            variant="contained"
            disabled={missingColumns(readingOf(draft)).length > 0}
            onClick={() => void send(draft)}
          >
            {translate('emporium.imports.preview')}
          </Button>
          <Typography variant="body2" color="textSecondary">
            {translate('emporium.imports.preview_writes_nothing')}
          </Typography>
        </Box>
      )}
    </>
  );
}

interface SendingProps {
  name: string;
  share: number;
  onStop: () => void;
}

function Sending({ name, share, onStop }: SendingProps) {
  const translate = useTranslate();
  const percent = Math.floor(share * 100);
  return (
    <>
      <Typography sx={{ marginBottom: 1, overflowWrap: 'anywhere' }}>
        {translate(`emporium.imports.${percent < 100 ? 'sending' : 'sent'}`, { name, percent })}
      </Typography>
      <LinearProgress
        variant={percent < 100 ? 'determinate' : 'indeterminate'}
        value={percent}
        aria-label={translate('emporium.imports.progress')}
      />
      <Button autoFocus sx={{ marginTop: 2 }} onClick={onStop}>
        {translate('ra.action.cancel')}
      </Button>
    </>
  );
}

/** Why the file was not taken. */
function tellUploadError(error: Error, translate: ReturnType<typeof useTranslate>): string {
  const isOfFile = error instanceof PanelError && error.code === 'invalid_file';
  return (isOfFile ? tellFileFault(error.message, translate) : undefined) ?? error.message;
}

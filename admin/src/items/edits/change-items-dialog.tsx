import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  LinearProgress,
} from '@mui/material';
import { useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { ChangeFields } from './change-fields';
import { toChange, type TypedChange } from './change-form';
import { PreviewTable } from './preview-table';
import {
  applyEdit,
  dropPreview,
  type Edit,
  type EditFilter,
  type Preview,
  previewEdit,
  touchedBy,
} from './edits';

export interface ChangeItemsDialogProps {
  storeId: number;
  filter: EditFilter;
  /** undefined if nothing was done */
  onEnd: (done: Edit | undefined) => void;
}

const FIRST: TypedChange = { way: 'percent', amount: '', step: 0.01, tag: '' };

/** Asks how items change, shows what that does, and does exactly that. */
export function ChangeItemsDialog({ storeId, filter, onEnd }: ChangeItemsDialogProps) {
  const translate = useTranslate();
  const [typed, setTyped] = useState(FIRST);
  const [preview, setPreview] = useState<Preview>();
  const [fault, setFault] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const [closed] = useState(() => new AbortController());
  const unapplied = useRef<number>(undefined);
  useEffect(
    () => () => {
      if (unapplied.current !== undefined) dropPreview(unapplied.current);
    },
    [],
  );

  const change = toChange(typed);
  /** A preview is of what was typed before. */
  const drop = () => {
    if (unapplied.current !== undefined) dropPreview(unapplied.current);
    unapplied.current = undefined;
    setPreview(undefined);
  };
  const close = () => {
    closed.abort();
    onEnd(undefined);
  };
  const act = async (work: () => Promise<void>) => {
    setBusy(true);
    setFault(undefined);
    try {
      await work();
    } catch (reason) {
      if (!closed.signal.aborted) setFault(reason as Error);
    }
    setBusy(false);
  };
  const look = () =>
    act(async () => {
      if (!change) return;
      const found = await previewEdit(storeId, filter, change, closed.signal);
      if (found.edit.state === 'previewed') unapplied.current = found.edit.id;
      setPreview(found);
    });
  const apply = () =>
    act(async () => {
      if (unapplied.current === undefined) return;
      const id = unapplied.current;
      // Whatever comes of it, it is not a preview to be shown again.
      unapplied.current = undefined;
      setPreview(undefined);
      onEnd(await applyEdit(id));
    });
  const touched = preview?.edit.state === 'previewed' ? touchedBy(preview.edit) : 0;
  const isDeletion = typed.way === 'delete';
  return (
    <Dialog open fullWidth maxWidth="sm" aria-labelledby="change-items-title" onClose={close}>
      <DialogTitle id="change-items-title">{translate('emporium.items.edits.title')}</DialogTitle>
      <DialogContent>
        <ChangeFields
          storeId={storeId}
          typed={typed}
          isWrong={!change}
          isDisabled={isBusy}
          onType={(part) => {
            setTyped({ ...typed, ...part });
            drop();
            setFault(undefined);
          }}
        />
        <div style={{ height: 4 }}>{isBusy && <LinearProgress aria-hidden />}</div>
        <div role="status">
          {preview && <PreviewTable preview={preview} />}
          {fault && <Alert severity="error">{fault.message}</Alert>}
        </div>
      </DialogContent>
      <DialogActions>
        <Button onClick={close}>{translate('emporium.items.bulk.cancel')}</Button>
        {touched > 0 ? (
          <Button
            variant="contained"
            color={isDeletion ? 'error' : 'primary'}
            disabled={isBusy}
            onClick={() => void apply()}
          >
            {translate(`emporium.items.edits.${isDeletion ? 'delete' : 'change'}`, { smart_count: touched })}
          </Button>
        ) : (
          <Button variant="contained" disabled={isBusy || !change} onClick={() => void look()}>
            {translate('emporium.items.edits.preview')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

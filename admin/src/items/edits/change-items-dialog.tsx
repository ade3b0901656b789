import {
  Alert,
  Box,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  LinearProgress,
} from '@mui/material';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useKeptFocus } from '../../layout/use-kept-focus';
import { writesOf } from '../../imports/import';
import { ChangeFields } from './change-fields';
import { toChange, type TypedChange } from './change-form';
import { PreviewTable } from './preview-table';
import { applyEdit, dropPreview, type Edit, type EditFilter, type Preview, previewEdit } from './edits';

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
  const [busy, setBusy] = useState<'look' | 'apply'>();
  const isBusy = busy !== undefined;
  const button = useKeptFocus(isBusy);
  const looking = useRef<AbortController>(undefined);
  const unapplied = useRef<number>(undefined);
  useEffect(
    () => () => {
      looking.current?.abort();
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
    // What is being applied cannot be stopped.
    if (busy !== 'apply') onEnd(undefined);
  };
  const act = async (kind: 'look' | 'apply', work: () => Promise<void>) => {
    setBusy(kind);
    setFault(undefined);
    try {
      await work();
    } catch (reason) {
      setFault(reason as Error);
    }
    setBusy(undefined);
  };
  const look = () =>
    act('look', async () => {
      if (!change) return;
      drop();
      looking.current = new AbortController();
      const found = await previewEdit(storeId, filter, change, looking.current.signal);
      if (found.edit.state === 'previewed') unapplied.current = found.edit.id;
      setPreview(found);
    });
  const apply = () =>
    act('apply', async () => {
      if (unapplied.current === undefined) return;
      const id = unapplied.current;
      // Whatever comes of it, it is not a preview to be shown again, and leaving the page must not cancel it.
      unapplied.current = undefined;
      setPreview(undefined);
      onEnd(await applyEdit(id));
    });
  const touched = preview?.edit.state === 'previewed' ? writesOf(preview.edit) : 0;
  const isDeletion = typed.way === 'delete';
  const submit = () => {
    if (isBusy) return;
    void (touched > 0 ? apply() : look());
  };
  return (
    <Dialog open fullWidth maxWidth="sm" aria-labelledby="change-items-title" onClose={close}>
      <DialogTitle id="change-items-title">{translate('emporium.items.edits.title')}</DialogTitle>
      <Box
        component="form"
        noValidate
        sx={{ display: 'flex', flexDirection: 'column', minHeight: 0 }}
        onKeyDown={ignoreHeldEnter}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <DialogContent>
          <ChangeFields
            storeId={storeId}
            typed={typed}
            isWrong={!change}
            isDisabled={isBusy}
            onType={(part) => {
              const next = { ...typed, ...part };
              // The field of a tag also tells when a suggestion is chosen that is there already.
              if (JSON.stringify(next) === JSON.stringify(typed)) return;
              setTyped(next);
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
          <Button disabled={busy === 'apply'} onClick={close}>
            {translate('emporium.items.bulk.cancel')}
          </Button>
          <Button
            ref={button}
            type="submit"
            variant="contained"
            color={touched > 0 && isDeletion ? 'error' : 'primary'}
            disabled={isBusy || !change}
          >
            {touched > 0
              ? translate(`emporium.items.edits.${isDeletion ? 'delete' : 'change'}`, {
                  smart_count: touched,
                })
              : translate('emporium.items.edits.preview')}
          </Button>
        </DialogActions>
      </Box>
    </Dialog>
  );
}

/** The key that asked for the preview must not apply it while it is still down. */
function ignoreHeldEnter(event: KeyboardEvent): void {
  if (event.key === 'Enter' && event.repeat) event.preventDefault();
}

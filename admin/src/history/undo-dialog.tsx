import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
} from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { type Change } from '../api';
import { Cancelled, PanelError } from '../panel-error';
import { kindOf, tagOf } from './change';
import { MemberList } from './member-list';
import { undo } from './undo';
import { useToldName } from './use-told-name';

interface UndoDialogProps {
  change: Change;
  onClose: () => void;
  /** @param name what the thing is called that the change was about */
  onUndone: (change: Change, name: string) => void;
  /** things have changed since the page was read */
  onRefused: () => void;
}

/** Says what will happen, and why it has not happened. */
export function UndoDialog({ change, onClose, onUndone, onRefused }: UndoDialogProps) {
  const translate = useTranslate();
  const name = useToldName(change);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const isFinal = error instanceof PanelError && FINAL.has(error.status);
  const submit = async () => {
    setBusy(true);
    try {
      await undo(change);
      onUndone(change, name);
    } catch (failure) {
      if (failure instanceof Cancelled) {
        onClose();
        return;
      }
      setError(failure instanceof Error ? failure : new Error(String(failure)));
      if (failure instanceof PanelError && FINAL.has(failure.status)) onRefused();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open fullWidth maxWidth="sm" aria-labelledby="undo-title" onClose={isBusy ? undefined : onClose}>
      <DialogTitle id="undo-title">{translate('emporium.history.confirm.title')}</DialogTitle>
      <DialogContent>
        <DialogContentText sx={{ overflowWrap: 'anywhere' }}>
          {translate(`emporium.history.confirm.${kindOf(change)}`, { name, tag: tagOf(change) })}
        </DialogContentText>
        {change.action === 'update' && <MemberList change={change} isBack />}
        {!isFinal && (
          <DialogContentText variant="body2" sx={{ marginTop: 2 }}>
            {translate('emporium.history.confirm.safe')}
          </DialogContentText>
        )}
        <div role="alert">
          {error && (
            <Alert severity="error" role="presentation" sx={{ marginTop: 2 }}>
              {isFinal && translate('emporium.history.confirm.refused')} {error.message}
            </Alert>
          )}
        </div>
      </DialogContent>
      <DialogActions>
        {isFinal ? (
          <Button key="close" autoFocus onClick={onClose}>
            {translate('emporium.close')}
          </Button>
        ) : (
          <>
            <Button disabled={isBusy} onClick={onClose}>
              {translate('ra.action.cancel')}
            </Button>
            <Button variant="contained" loading={isBusy} onClick={() => void submit()}>
              {translate('emporium.history.confirm.submit')}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  );
}

/** With these the same attempt would be refused again. */
const FINAL = new Set([400, 403, 404, 409]);

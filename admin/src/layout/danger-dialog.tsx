import { Button, Dialog, DialogActions, DialogContent, DialogContentText, DialogTitle } from '@mui/material';
import { type ReactNode, useId } from 'react';
import { useTranslate } from 'react-admin';
import { keepFromRow } from './keep-from-row';

export interface DangerDialogProps {
  title: string;
  text?: string;
  cancelLabel?: string;
  onCancel: () => void;
  /** the button that does it */
  children: ReactNode;
}

/** A question before something that cannot be undone. It begins on the way out, so that a held Enter does no harm. */
export function DangerDialog({ title, text, cancelLabel, onCancel, children }: DangerDialogProps) {
  const translate = useTranslate();
  const id = useId();
  return (
    <Dialog
      open
      onClose={onCancel}
      onClick={keepFromRow}
      aria-labelledby={`${id}-title`}
      {...(text !== undefined && { 'aria-describedby': `${id}-text` })}
    >
      <DialogTitle id={`${id}-title`}>{title}</DialogTitle>
      {text !== undefined && (
        <DialogContent>
          <DialogContentText id={`${id}-text`}>{text}</DialogContentText>
        </DialogContent>
      )}
      <DialogActions>
        <Button autoFocus onClick={onCancel}>
          {cancelLabel ?? translate('ra.action.cancel')}
        </Button>
        {children}
      </DialogActions>
    </Dialog>
  );
}

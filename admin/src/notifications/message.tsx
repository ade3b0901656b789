import { Button, Snackbar } from '@mui/material';
import { useEffect, useState } from 'react';
import { type NotificationPayload, useTranslate } from 'react-admin';
import { pendingDeletion } from './pending-deletion';

const TIME_TO_READ = 4000;

export interface MessageProps {
  notification: NotificationPayload;
  onClose: () => void;
}

/** One message. With an undo it stands for a deletion, which is done when the message goes, for whatever reason. */
export function Message({ notification, onClose }: MessageProps) {
  const { message, type, notificationOptions } = notification;
  const autoHideDuration = notificationOptions?.autoHideDuration ?? TIME_TO_READ;
  const translate = useTranslate();
  const [deletion] = useState(() =>
    notificationOptions?.undoable === true ? pendingDeletion.last : undefined,
  );
  useEffect(() => {
    if (!deletion) return;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      window.removeEventListener('beforeunload', warn);
      pendingDeletion.end(deletion, false);
    };
  }, [deletion]);

  return (
    <Snackbar
      open
      autoHideDuration={autoHideDuration}
      disableWindowBlurListener={deletion !== undefined}
      message={typeof message === 'string' ? translate(message, notificationOptions?.messageArgs) : message}
      action={
        deletion && (
          <Button
            color="inherit"
            size="small"
            onClick={() => {
              pendingDeletion.end(deletion, true);
              onClose();
            }}
          >
            {translate('ra.action.undo')}
          </Button>
        )
      }
      onClose={onClose}
      sx={{ position: 'static', transform: 'none', pointerEvents: 'auto' }}
      slotProps={{
        content: {
          sx: type === 'info' ? {} : { bgcolor: `${type}.main`, color: `${type}.contrastText` },
        },
      }}
    />
  );
}

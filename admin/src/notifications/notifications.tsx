import { Stack } from '@mui/material';
import { useEffect } from 'react';
import { type NotificationPayload, useNotificationContext } from 'react-admin';
import { useLocation } from 'react-router-dom';
import { Message } from './message';

/** Who saves is told so on the page that comes next, so what was said just before belongs to both. */
const JUST_NOW = 2000;

interface Shown {
  key: number;
  since: number;
}

const shown = new WeakMap<NotificationPayload, Shown>();
let lastKey = 0;

function detailsOf(notification: NotificationPayload): Shown {
  const details = shown.get(notification) ?? { key: ++lastKey, since: Date.now() };
  shown.set(notification, details);
  return details;
}

const isUndoable = ({ notificationOptions }: NotificationPayload) => notificationOptions?.undoable === true;

/** The later one stands for both: it says the same, or the undo of the earlier one is over. */
function isReplacedBy(one: NotificationPayload, later: NotificationPayload): boolean {
  if (isUndoable(one) || isUndoable(later)) return isUndoable(one) && isUndoable(later);
  return textOf(one) === textOf(later);
}

function textOf({ message, type, notificationOptions }: NotificationPayload): string {
  return JSON.stringify([type, message, notificationOptions?.messageArgs]);
}

/**
 * All messages of react-admin at the same time. Its own component shows one after the other, so that one appears long after
 * what it is about, and on another page.
 */
export function Notifications() {
  const { notifications, setNotifications } = useNotificationContext();
  const { pathname } = useLocation();

  useEffect(() => {
    // What can be taken back is in time on each page.
    const stays = (one: NotificationPayload) =>
      isUndoable(one) || Date.now() - detailsOf(one).since < JUST_NOW;
    setNotifications((all) => (all.every(stays) ? all : all.filter(stays)));
  }, [pathname, setNotifications]);

  const close = (closed: NotificationPayload) => {
    setNotifications((all) => {
      const index = all.indexOf(closed);
      return all.filter((one, at) => at > index || (one !== closed && !isReplacedBy(one, closed)));
    });
  };
  return (
    <Stack
      sx={{
        position: 'fixed',
        bottom: { xs: 8, sm: 24 },
        insetInline: 8,
        zIndex: 'snackbar',
        gap: 1,
        alignItems: 'center',
        pointerEvents: 'none',
      }}
    >
      {notifications
        .filter((one, index) => !notifications.slice(index + 1).some((later) => isReplacedBy(one, later)))
        .map((one) => (
          <Message
            key={detailsOf(one).key}
            notification={one}
            onClose={() => {
              close(one);
            }}
          />
        ))}
    </Stack>
  );
}

import { Alert, Button, Link } from '@mui/material';
import { useState, useSyncExternalStore } from 'react';
import { useTranslate } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';

/** What an action has done, and how to take it back. It stays until the next one: nobody has to be quick. */
export interface Notice {
  text: string;
  severity: 'success' | 'warning' | 'info';
  /** where more can be done */
  link?: { to: string; text: string };
  /** resolves with what to say then */
  undo?: (() => Promise<Notice>) | undefined;
}

let current: Notice | undefined;
const listeners = new Set<() => void>();

/** It outlives the page: who leaves during an action finds its result, and the way back, when they return. */
export function setNotice(notice: Notice | undefined): void {
  current = notice;
  for (const listener of listeners) listener();
}

export function useNotice(): Notice | undefined {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function NoticeBar({
  notice,
  onChange,
}: {
  notice: Notice | undefined;
  onChange: (notice: Notice | undefined) => void;
}) {
  const translate = useTranslate();
  const [isBusy, setBusy] = useState(false);
  const undo = notice?.undo;
  const takeBack = async () => {
    if (!undo) return;
    setBusy(true);
    try {
      onChange(await undo());
    } finally {
      setBusy(false);
    }
  };
  return (
    <div role="status">
      {notice && (
        <Alert
          severity={notice.severity}
          sx={{ borderRadius: 0, alignItems: 'center' }}
          closeText={translate('emporium.items.close')}
          onClose={
            undo
              ? undefined
              : () => {
                  onChange(undefined);
                }
          }
          action={
            undo && (
              <Button color="inherit" size="small" disabled={isBusy} onClick={() => void takeBack()}>
                {translate('emporium.items.undo')}
              </Button>
            )
          }
        >
          {notice.text}
          {notice.link && (
            <>
              {' '}
              <Link component={RouterLink} to={notice.link.to} color="inherit">
                {notice.link.text}
              </Link>
            </>
          )}
        </Alert>
      )}
    </div>
  );
}

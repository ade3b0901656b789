import { List } from '@mui/material';
import { useEffect, useRef } from 'react';
import { useDelete, useGetList, useNotify, useRefresh, useTranslate } from 'react-admin';
import { type SessionRow as Session } from '../api';
import { SessionRow } from './session-row';

/** Where the account is logged in. */
export function Sessions() {
  const translate = useTranslate();
  const notify = useNotify();
  const refresh = useRefresh();
  const list = useRef<HTMLUListElement>(null);
  /** where the row stood that has ended, and had the focus */
  const place = useRef<number>(undefined);
  const { data: sessions = [] } = useGetList<Session>('sessions');
  const [end] = useDelete<Session>();

  useEffect(() => {
    if (place.current === undefined || document.activeElement !== document.body) return;
    const buttons = list.current?.querySelectorAll('button');
    const next = buttons?.[place.current] ?? buttons?.[place.current - 1] ?? list.current;
    next?.focus();
    place.current = undefined;
  }, [sessions]);

  const endOne = (session: Session) => {
    const index = sessions.filter(({ current }) => !current).indexOf(session);
    void end(
      'sessions',
      { id: session.id, previousData: session },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
          place.current = index;
          notify('emporium.account.ended', { type: 'info' });
          refresh();
        },
        onError: (error) => {
          notify(error instanceof Error ? error.message : '', { type: 'error' });
          refresh();
        },
      },
    );
  };

  return (
    <List ref={list} disablePadding tabIndex={-1} aria-label={translate('emporium.account.sessions')}>
      {sessions.map((session) => (
        <SessionRow
          key={session.id}
          session={session}
          onEnd={() => {
            endOne(session);
          }}
        />
      ))}
    </List>
  );
}

import { Button, Chip, List, ListItem, ListItemText } from '@mui/material';
import { useDelete, useGetList, useLocaleState, useNotify, useRefresh, useTranslate } from 'react-admin';
import { type SessionRow } from '../api';

/** Where the account is logged in. This session ends by logging out. */
export function Sessions() {
  const translate = useTranslate();
  const notify = useNotify();
  const refresh = useRefresh();
  const [locale] = useLocaleState();
  const { data: sessions = [] } = useGetList<SessionRow>('sessions');
  const [end] = useDelete<SessionRow>();

  const endOne = (session: SessionRow) => {
    void end(
      'sessions',
      { id: session.id, previousData: session },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
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
    <List disablePadding>
      {sessions.map((session) => (
        <ListItem
          key={session.id}
          disableGutters
          divider
          secondaryAction={
            session.current ? (
              <Chip size="small" label={translate('emporium.account.this_session')} />
            ) : (
              <Button
                color="error"
                aria-label={`${translate('emporium.account.end')}: ${session.user_agent ?? session.id}, ${translate('emporium.account.last_used')} ${new Date(session.last_used_at).toLocaleString(locale)}`}
                onClick={() => {
                  endOne(session);
                }}
              >
                {translate('emporium.account.end')}
              </Button>
            )
          }
          sx={{ paddingRight: 14 }}
        >
          <ListItemText
            primary={session.user_agent ?? '–'}
            secondary={`${translate('emporium.account.last_used')} ${new Date(session.last_used_at).toLocaleString(locale)} ${translate('emporium.account.from')} ${session.ip}`}
            sx={{ minWidth: 0 }}
            slotProps={{ primary: { noWrap: true } }}
          />
        </ListItem>
      ))}
    </List>
  );
}

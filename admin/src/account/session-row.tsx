import { Button, Chip, ListItem, ListItemText } from '@mui/material';
import { useLocaleState, useTranslate } from 'react-admin';
import { type SessionRow as Session } from '../api';
import { readUserAgent } from './user-agent';

export interface SessionRowProps {
  session: Session;
  onEnd: () => void;
}

/** One session of the account. This one has no button, because it ends by logging out. */
export function SessionRow({ session, onEnd }: SessionRowProps) {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  const agent = readUserAgent(session.user_agent ?? '');
  const name = typeof agent === 'string' ? agent || '–' : translate('emporium.account.agent', agent);
  const lastUsed = `${translate('emporium.account.last_used')} ${new Date(session.last_used_at).toLocaleString(locale)}`;
  return (
    <ListItem
      disableGutters
      divider
      secondaryAction={
        session.current ? (
          <Chip size="small" label={translate('emporium.account.this_session')} />
        ) : (
          <Button
            color="error"
            aria-label={`${translate('emporium.account.end')}: ${name}, ${lastUsed}`}
            onClick={onEnd}
          >
            {translate('emporium.account.end')}
          </Button>
        )
      }
      sx={{ paddingRight: 14 }}
    >
      <ListItemText
        primary={name}
        secondary={`${lastUsed} ${translate('emporium.account.from')} ${session.ip}`}
        sx={{ minWidth: 0 }}
        slotProps={{ primary: { noWrap: true, title: session.user_agent ?? undefined } }}
      />
    </ListItem>
  );
}

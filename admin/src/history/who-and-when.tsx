import { Typography } from '@mui/material';
import { useGetIdentity, useLocaleState, useTranslate } from 'react-admin';
import { type Change } from '../api';
import { useNames } from './names';
import { exactTime, relativeTime } from './times';

interface WhoAndWhenProps {
  change: Change;
  now: number;
  /** whether it is told already of which import the change is */
  isOfImport?: boolean;
}

export function WhoAndWhen({ change, now, isOfImport = false }: WhoAndWhenProps) {
  const translate = useTranslate();
  const { identity } = useGetIdentity();
  const { userName } = useNames();
  const [language] = useLocaleState();
  const { at, actor_id: actor, import_id: importId } = change;
  const who =
    actor === null
      ? translate('emporium.history.who_database')
      : actor === identity?.id
        ? translate('emporium.history.who_you')
        : userName(actor);
  return (
    <Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
      <time dateTime={at}>
        {exactTime(at, language)} ({relativeTime(at, now, language)})
      </time>
      {' · '}
      {who}
      {importId !== null && !isOfImport && `, ${translate('emporium.history.with_import', { id: importId })}`}
    </Typography>
  );
}

import { Link } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { Filled } from '../layout/filled';
import { tellRowMessage } from './row-message';

/** What is wrong with a row or an item. An item that it names is a link. */
export function RowMessage({ message }: { message: string }) {
  const translate = useTranslate();
  const { text, itemId } = tellRowMessage(message, translate);
  const item = (
    <Link component={RouterLink} to={`/items/${itemId}`}>
      {itemId}
    </Link>
  );
  return <Filled text={text} nodes={{ item }} />;
}

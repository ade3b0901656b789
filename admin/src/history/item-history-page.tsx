import HistoryIcon from '@mui/icons-material/History';
import ItemIcon from '@mui/icons-material/Inventory2';
import { Alert, Button } from '@mui/material';
import { Loading, useGetOne, useNotify, useRedirect, useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { type Item } from '../api';
import { Cancelled, PanelError } from '../panel-error';
import { HistoryFrame } from './history-frame';
import { Timeline } from './timeline';

export default function ItemHistoryPage() {
  const translate = useTranslate();
  const notify = useNotify();
  const redirect = useRedirect();
  const id = Number(useParams().id);
  const { data: item, error } = useGetOne<Item>('items', { id }, { retry: false });
  const links = item && (
    <>
      <Button component={Link} to={`/items/${id}`} size="small" startIcon={<ItemIcon />}>
        {translate('emporium.history.open_item')}
      </Button>
      <Button
        component={Link}
        to={`/stores/${item.store_id}/history`}
        size="small"
        startIcon={<HistoryIcon />}
      >
        {translate('emporium.history.of_store')}
      </Button>
    </>
  );
  return (
    <HistoryFrame name={item?.name} intro={translate('emporium.history.intro_item')} links={links}>
      {item ? (
        <Timeline
          key={id}
          scope={{ of: 'item', id }}
          storeId={item.store_id}
          onUndone={({ resource, action }, name) => {
            if (resource !== 'item' || action !== 'create') return false;
            redirect(`/stores/${item.store_id}/history`);
            notify('emporium.history.done.item_create', { type: 'success', messageArgs: { name } });
            return true;
          }}
        />
      ) : error ? (
        <NotRead error={error} />
      ) : (
        <Loading />
      )}
    </HistoryFrame>
  );
}

function NotRead({ error }: { error: unknown }) {
  const translate = useTranslate();
  if (error instanceof Cancelled) return null;
  if (error instanceof PanelError && error.status === 404)
    return (
      <Alert
        severity="info"
        sx={{ marginTop: 2 }}
        action={
          <Button component={Link} to="/stores" color="inherit" size="small">
            {translate('emporium.history.list_stores')}
          </Button>
        }
      >
        {translate('emporium.history.deleted_item')}
      </Alert>
    );
  return (
    <Alert severity="error" sx={{ marginTop: 2 }}>
      {translate('emporium.not_read')} {error instanceof Error ? error.message : ''}
    </Alert>
  );
}

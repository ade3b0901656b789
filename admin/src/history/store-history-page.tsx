import StoreIcon from '@mui/icons-material/Storefront';
import { Button } from '@mui/material';
import { useGetOne, useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { type Store } from '../api';
import { useHistoryFilter } from './history-filter';
import { HistoryFilters } from './history-filters';
import { HistoryFrame } from './history-frame';
import { Timeline } from './timeline';

export default function StoreHistoryPage() {
  const translate = useTranslate();
  const id = Number(useParams().id);
  const [filter, change] = useHistoryFilter();
  const { data: store } = useGetOne<Store>('stores', { id }, { retry: false });
  return (
    <HistoryFrame
      name={store?.name}
      intro={translate('emporium.history.intro_store')}
      links={
        <Button component={Link} to={`/stores/${id}`} size="small" startIcon={<StoreIcon />}>
          {translate('emporium.history.open_store')}
        </Button>
      }
    >
      <HistoryFilters filter={filter} onChange={change} />
      <Timeline key={id} scope={{ of: 'store', id }} storeId={id} filter={filter} />
    </HistoryFrame>
  );
}

import StoreIcon from '@mui/icons-material/Storefront';
import { StoreCreate } from './store-create';
import { StoreEdit } from './store-edit';
import { StoreList } from './store-list';

export const stores = {
  icon: StoreIcon,
  list: StoreList,
  create: StoreCreate,
  edit: StoreEdit,
  recordRepresentation: 'name',
};

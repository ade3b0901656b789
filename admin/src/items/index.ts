import ItemIcon from '@mui/icons-material/Inventory2';
import { ItemCreate } from './item-create';
import { ItemEdit } from './item-edit';
import { ItemList } from './item-list';

export const items = {
  icon: ItemIcon,
  list: ItemList,
  create: ItemCreate,
  edit: ItemEdit,
  recordRepresentation: 'name',
};

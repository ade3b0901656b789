import TagIcon from '@mui/icons-material/LocalOffer';
import { TagCreate } from './tag-create';
import { TagEdit } from './tag-edit';
import { TagList } from './tag-list';

export const tags = {
  icon: TagIcon,
  list: TagList,
  create: TagCreate,
  edit: TagEdit,
  recordRepresentation: 'name',
};

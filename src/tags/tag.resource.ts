import { type List } from '../reads/list/list';
import { byText } from '../reads/list/sorts';
import { integer, RowShape, text, time } from '../reads/row-shape';
import { type TagDto } from './dto/tag.dto';

export const TAG = new RowShape<TagDto>({
  id: integer('t.id'),
  name: text('t.name'),
  storeId: integer('t.store_id'),
  createdAt: time('t.created_at'),
  updatedAt: time('t.updated_at'),
});

export const TAGS: List<TagDto> = {
  name: 'tags',
  shape: TAG,
  from: 'tags t',
  alias: 't',
  sorts: {
    name: byText('t.name', 'name'),
  },
};

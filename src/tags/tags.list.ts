import { type FiltersOf, type List } from '../reads/list/list';
import { wordFilters } from '../reads/list/search';
import { byText } from '../reads/list/sorts';
import { integer, RowShape, text, time } from '../reads/row-shape';
import { type TagQueryDto } from './dto/tag-query.dto';
import { type TagDto } from './dto/tag.dto';

export const TAG = new RowShape<TagDto>({
  id: integer('t.id'),
  name: text('t.name'),
  storeId: integer('t.store_id'),
  createdAt: time('t.created_at'),
  updatedAt: time('t.updated_at'),
});

/** The query of a list of tags, and the store in the path. */
export type TagListQuery = TagQueryDto & { ofStore: number };

export const TAGS: List<TagDto, FiltersOf<TagListQuery>> = {
  name: 'tags',
  shape: TAG,
  from: 'tags t',
  alias: 't',
  sorts: {
    name: byText('t.name', 'name'),
  },
  filters: {
    ofStore: (list, id) => {
      list.whereEquals('t.store_id', list.value(id));
    },
    q: (list, words) => {
      list.filter(...wordFilters(words, 't.search', { hasShort: false }, list.value));
    },
  },
};

import { type FiltersOf, type List } from '../reads/list/list';
import { wordFilters } from '../reads/list/search';
import { byText, byTime } from '../reads/list/sorts';
import { integer, RowShape, text, time } from '../reads/row-shape';
import { type StoreQueryDto } from './dto/store-query.dto';
import { type StoreDto } from './dto/store.dto';

export const STORE = new RowShape<StoreDto>({
  id: integer('s.id'),
  name: text('s.name'),
  ownerId: integer('s.owner_id'),
  createdAt: time('s.created_at'),
  updatedAt: time('s.updated_at'),
});

export const STORES: List<StoreDto, FiltersOf<StoreQueryDto>> = {
  name: 'stores',
  shape: STORE,
  from: 'stores s',
  alias: 's',
  sorts: {
    name: byText('s.name', 'name'),
    created_at: byTime('s.created_at', 'createdAt'),
  },
  filters: {
    ownerId: (list, id) => {
      list.whereEquals('s.owner_id', list.value(id));
    },
    q: (list, words) => {
      list.filter(...wordFilters(words, 's.search', { hasShort: false }, list.value));
    },
  },
};

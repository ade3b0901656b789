import { type FiltersOf, type List, type FilterRule } from '../reads/list/list';
import { integer, json, RowShape, text, time } from '../reads/row-shape';
import { type ChangeDto } from './dto/change.dto';
import { type StoreChangeQueryDto } from './dto/change-query.dto';

export const CHANGE = new RowShape<ChangeDto>({
  id: integer('c.id'),
  at: time('c.at'),
  actorId: integer('c.actor_id'),
  requestId: text('c.request_id'),
  importId: integer('c.import_id'),
  storeId: integer('c.store_id'),
  resource: text('c.resource'),
  resourceId: integer('c.resource_id'),
  action: text('c.action'),
  changes: json('c.changes'),
});

/** The query of a list of changes, and the store or the item in the path. */
export type ChangeListQuery = StoreChangeQueryDto & { ofStore?: number; ofItem?: number };

type ChangeFilters = FiltersOf<ChangeListQuery>;

/** Compares a column that no index has in the order of the ids. */
const where =
  (condition: (value: string) => string): FilterRule<unknown, unknown> =>
  (list, value) => {
    list.filter({ check: condition(list.value(value instanceof Date ? value.toISOString() : value)) });
  };

/** The same for what differs among the changes of one import. The change that stands for all of them passes. */
const whereOne =
  (condition: (value: string) => string): FilterRule<unknown, ChangeFilters> =>
  (list, value, { ofImports }) => {
    const check = condition(list.value(value));
    list.filter({ check: ofImports === 'last' ? `(${check} OR c.import_id IS NOT NULL)` : check });
  };

/** As the predicate of the index has it. */
const COLLAPSED = { none: 'c.import_id IS NULL', last: '(c.import_id IS NULL OR c.is_last_of_import)' };

export const CHANGES: List<ChangeDto, ChangeFilters> = {
  name: 'changes',
  shape: CHANGE,
  from: 'changes c',
  alias: 'c',
  sorts: {},
  filters: {
    ofItem: (list, id) => {
      list.whereEquals('c.resource_id', list.value(id));
      list.filter({ check: "c.resource IN ('item', 'link')" });
    },
    resourceId: (list, id) => {
      list.whereEquals('c.resource_id', list.value(id));
    },
    importId: (list, id) => {
      list.whereEquals('c.import_id', list.value(id));
    },
    ofStore: (list, id) => {
      list.whereEquals('c.store_id', list.value(id));
    },
    ofImports: (list, kept) => {
      list.whereInSort('id', COLLAPSED[kept]);
    },
    resource: whereOne((value) => `c.resource = ${value}`),
    actorId: where((value) => `c.actor_id = ${value}`),
    action: whereOne((value) => `c.action = ${value}`),
    since: where((value) => `c.at >= ${value}::timestamptz`),
    until: where((value) => `c.at < ${value}::timestamptz`),
  },
};

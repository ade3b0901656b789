import { type FiltersOf, type List, type FilterRule } from '../reads/list/list';
import { integer, json, RowShape, text, time } from '../reads/row-shape';
import { type ChangeDto } from './dto/change.dto';
import { type ChangeQueryDto } from './dto/change-query.dto';

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
export type ChangeListQuery = ChangeQueryDto & { ofStore?: number; ofItem?: number };

/** Compares a column that no index has in the order of the ids. */
const where =
  (condition: (value: string) => string): FilterRule<unknown, unknown> =>
  (list, value) => {
    list.filter({ check: condition(list.value(value instanceof Date ? value.toISOString() : value)) });
  };

export const CHANGES: List<ChangeDto, FiltersOf<ChangeListQuery>> = {
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
    resource: where((value) => `c.resource = ${value}`),
    actorId: where((value) => `c.actor_id = ${value}`),
    action: where((value) => `c.action = ${value}`),
    since: where((value) => `c.at >= ${value}::timestamptz`),
    until: where((value) => `c.at < ${value}::timestamptz`),
  },
};

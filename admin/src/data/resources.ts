import { type Page } from 'emporium-client';
import { api, type Item, type Store, type Tag, type User } from '../api';

/** A row as the panel handles it, whatever resource it is of. */
export type Row = Record<string, unknown> & { id: number };

export interface ListQuery {
  limit: number;
  page?: number;
  sort?: string;
  count?: boolean;
  [filter: string]: unknown;
}

/** How the calls of one resource are made. */
export interface Resource {
  list: (query: ListQuery, signal?: AbortSignal) => PromiseLike<Page<Row>>;
  get: (id: number) => Promise<Row>;
  create?: (values: Row, idempotencyKey: string) => Promise<Row>;
  /** @param seen the row that `get` has returned, if the resource has versions */
  update: (id: number, changes: object, seen: Row | undefined) => Promise<Row>;
  delete: (id: number, seen: Row | undefined) => Promise<unknown>;
  /** whether writes take `If-Match` */
  hasVersions: boolean;
  /** the members that a person can change */
  members: readonly string[];
}

export type ResourceName = 'stores' | 'items' | 'tags' | 'users';

/** What the API types, seen as rows: the pages of each resource know its members. */
const asPage = <T>(page: PromiseLike<Page<T>>) => page as unknown as PromiseLike<Page<Row>>;
const asRow = <T>(row: Promise<T>) => row as unknown as Promise<Row>;

const ifMatch = (seen: Row | undefined) => (seen ? { ifMatch: seen } : {});
const aborted = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

export const RESOURCES: Readonly<Record<ResourceName, Resource>> = {
  stores: {
    list: (query, signal) => asPage<Store>(api.stores.list({ ...(query as object), ...aborted(signal) })),
    get: (id) => asRow(api.stores.get({ id })),
    create: ({ name }, idempotencyKey) =>
      asRow(api.stores.create({ body: { name: name as string }, idempotencyKey })),
    update: (id, body, seen) => asRow(api.stores.update({ id, body, ...ifMatch(seen) })),
    delete: (id, seen) => api.stores.delete({ id, ...ifMatch(seen) }),
    hasVersions: true,
    members: ['name', 'owner_id'],
  },
  items: {
    list: (query, signal) => asPage<Item>(api.items.list({ ...(query as object), ...aborted(signal) })),
    get: (id) => asRow(api.items.get({ id })),
    create: ({ name, price, store_id, sku }, idempotencyKey) =>
      asRow(
        api.items.create({
          idempotencyKey,
          body: {
            name: name as string,
            price: price as number,
            store_id: store_id as number,
            sku: (sku as string | undefined) ?? null,
          },
        }),
      ),
    update: (id, body, seen) => asRow(api.items.update({ id, body, ...ifMatch(seen) })),
    delete: (id, seen) => api.items.delete({ id, ...ifMatch(seen) }),
    hasVersions: true,
    members: ['name', 'price', 'sku'],
  },
  tags: {
    list: ({ store_id: storeId, ...query }, signal) =>
      asPage<Tag>(api.tags.list({ ...(query as object), id: storeId as number, ...aborted(signal) })),
    get: (id) => asRow(api.tags.get({ id })),
    create: ({ name, store_id: storeId }, idempotencyKey) =>
      asRow(api.tags.create({ id: storeId as number, body: { name: name as string }, idempotencyKey })),
    update: (id, body, seen) =>
      asRow(api.tags.update({ id, body: body as { name: string }, ...ifMatch(seen) })),
    delete: (id, seen) => api.tags.delete({ id, ...ifMatch(seen) }),
    hasVersions: true,
    members: ['name'],
  },
  users: {
    list: (query, signal) => asPage<User>(api.users.list({ ...(query as object), ...aborted(signal) })),
    get: (id) => asRow(api.users.get({ id })),
    update: (id, body) => asRow(api.users.update({ id, body: body as { role: 'user' | 'admin' } })),
    delete: (id) => api.users.delete({ id }),
    hasVersions: false,
    members: ['role'],
  },
};

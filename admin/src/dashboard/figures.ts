import { api, type Item, type Store, type Tag } from '../api';
import { asUser } from '../as-user';
import { mapLimited } from '../limit';

/** How many stores or tags a chart shows, and how many calls are under way at once. */
const BARS = 10;
const PARALLEL = 4;

/** The row of this number is the last that the API gives by its page. */
const LAST_ROW = 10_000;

export interface Counts {
  stores: number;
  items: number;
  users?: number;
}

export interface ItemsOfStore {
  id: number;
  name: string;
  items: number;
}

export interface PricesOfTag {
  id: number;
  name: string;
  items: number;
  lowest: number;
  median: number;
  highest: number;
}

/** @param own the filter for the stores that the person may change */
export async function readStores(own: { owner_id?: number }): Promise<{ total: number; stores: Store[] }> {
  const { rows, total } = await asUser(() =>
    api.stores.list({ ...own, sort: 'name', limit: BARS, count: true }),
  );
  return { total: total ?? rows.length, stores: rows };
}

export async function countItemsOf(stores: readonly Store[]): Promise<ItemsOfStore[]> {
  return mapLimited(stores, PARALLEL, async ({ id, name }) => {
    const { total = 0 } = await asUser(() => api.items.list({ store_id: id, limit: 1, count: true }));
    return { id, name, items: total };
  });
}

export async function countAllItems(): Promise<number> {
  return (await asUser(() => api.items.list({ limit: 1, count: true }))).total ?? 0;
}

export async function countUsers(): Promise<number> {
  return (await asUser(() => api.users.list({ limit: 1, count: true }))).total ?? 0;
}

/** The prices of the items that carry a tag, for the first tags of a store by name. Tags without items are left out. */
export async function readPrices(storeId: number): Promise<PricesOfTag[]> {
  const { rows: tags } = await asUser(() => api.tags.list({ id: storeId, sort: 'name', limit: BARS }));
  const prices = await mapLimited(tags, PARALLEL, (tag) => pricesOf(storeId, tag));
  return prices.filter((each) => each !== undefined);
}

async function pricesOf(storeId: number, { id, name }: Tag): Promise<PricesOfTag | undefined> {
  const read = (query: { sort: 'price' | '-price'; page?: number; count?: boolean }) =>
    asUser(() => api.items.list({ store_id: storeId, tag_id: [id], limit: 1, ...query }));
  const first = await read({ sort: 'price', count: true });
  const [lowest] = first.rows;
  const items = first.total ?? 0;
  if (!lowest) return undefined;
  const [highest = lowest] = (await read({ sort: '-price' })).rows;
  const middle = Math.min(Math.ceil(items / 2), LAST_ROW);
  const [median = lowest]: Item[] = (await read({ sort: 'price', page: middle })).rows;
  return { id, name, items, lowest: lowest.price, median: median.price, highest: highest.price };
}

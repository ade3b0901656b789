import { api, type Item, type Store, type Tag } from '../api';
import { asUser } from '../as-user';
import { LAST_ROW_BY_PAGE } from '../data/data-provider';
import { mapLimited } from '../limit';

/** How many stores or tags a chart shows. */
export const BARS = 10;

/** How many stores or tags are looked at to find them: one page of the API. */
const LOOKED_AT = 100;

export interface PricesOfTag {
  id: number;
  name: string;
  items: number;
  lowest: number;
  /** undefined if so many items carry the tag that the API does not give the one in the middle */
  median: number | undefined;
  highest: number;
}

/** @param own the filter for the stores that the person may change */
export async function readStores(own: { owner_id?: number }): Promise<{ total: number; stores: Store[] }> {
  const { rows, total } = await asUser(() =>
    api.stores.list({ ...own, sort: 'name', limit: LOOKED_AT, count: true }),
  );
  return { total: total ?? rows.length, stores: rows };
}

export async function countAllItems(): Promise<number> {
  return (await asUser(() => api.items.list({ limit: 1, count: true }))).total ?? 0;
}

export async function countUsers(): Promise<number> {
  return (await asUser(() => api.users.list({ limit: 1, count: true }))).total ?? 0;
}

/** The prices of the items that carry a tag, for the first tags of a store by name. Tags without items are left out. */
export async function readPrices(storeId: number): Promise<PricesOfTag[]> {
  const { rows: tags } = await asUser(() => api.tags.list({ id: storeId, sort: 'name', limit: LOOKED_AT }));
  const prices: PricesOfTag[] = [];
  for (let first = 0; first < tags.length && prices.length < BARS; first += BARS) {
    const some = await mapLimited(tags.slice(first, first + BARS), (tag) => pricesOf(storeId, tag));
    prices.push(...some.filter((each) => each !== undefined));
  }
  return prices.slice(0, BARS);
}

async function pricesOf(storeId: number, { id, name }: Tag): Promise<PricesOfTag | undefined> {
  const read = (query: { sort: 'price' | '-price'; page?: number; count?: boolean }) =>
    asUser(() => api.items.list({ store_id: storeId, tag_id: [id], limit: 1, ...query }));
  const first = await read({ sort: 'price', count: true });
  const [lowest] = first.rows;
  const items = first.total ?? 0;
  if (!lowest) return undefined;
  const [highest = lowest] = (await read({ sort: '-price' })).rows;
  const middle = Math.ceil(items / 2);
  const [median]: Item[] =
    middle > LAST_ROW_BY_PAGE ? [] : (await read({ sort: 'price', page: middle })).rows;
  return { id, name, items, lowest: lowest.price, median: median?.price, highest: highest.price };
}

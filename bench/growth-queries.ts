import { COLOURS, COMMON_WORD, countStores, RARE_TAGS, RARE_WORD, tagId, UBIQUITOUS_TAG } from './data-set';
import { type HttpClient, nextPage } from './http';
import { randomOf, randomTo } from './random';

export interface Query {
  name: string;
  /** whether its time must not grow with the number of items */
  isBounded: boolean;
  makePath: () => string;
}

const FIELDS = ['id', 'name', 'price', 'created_at', 'updated_at'];
const SORTS = FIELDS.flatMap((field) => [field, `-${field}`]);

/** Values of the data set for the queries. */
export interface Samples {
  skus: string[];
}

export async function readSamples(client: HttpClient, items: number): Promise<Samples> {
  const skus = [];
  while (skus.length < 200) {
    const { sku } = (await client.getJson(`/items/${randomTo(items)}`)) as { sku: string | null };
    if (sku !== null) skus.push(sku);
  }
  return { skus };
}

export function makeQueries(items: number, { skus }: Samples): Query[] {
  const store = () => randomTo(countStores(items));
  const tag = (name: string) => tagId(store(), name);
  const [black, blue] = COLOURS as [string, string];
  const oneOfStore = (...names: string[]) => {
    const of = store();
    return names.map((name) => `tag_id=${tagId(of, name)}`).join('&');
  };
  const letter = () => 'abcdefghijklmnopqrstuvwxyz'.charAt(randomTo(26) - 1);

  const bounded: [string, () => string][] = [
    ['page 500', () => 'page=500'],
    ['by sku', () => `sku=${encodeURIComponent(randomOf(skus))}`],
    ['by store', () => `store_id=${store()}`],
    ['by tag id, common', () => `tag_id=${tag(randomOf(COLOURS))}`],
    ['by tag id, rare', () => `tag_id=${tag(randomOf(RARE_TAGS))}`],
    ['two tags of a store, one on all its items', () => oneOfStore(UBIQUITOUS_TAG, randomOf(COLOURS))],
    ['two tags of a store, disjoint', () => oneOfStore(black, blue)],
    ['any of two tags of a store', () => `${oneOfStore(black, blue)}&tag_match=any`],
    ...SORTS.map((sort): [string, () => string] => [`sort ${sort}`, () => `sort=${sort}`]),
    [
      'price range sorted by price',
      () => {
        const from = randomTo(9000);
        return `min_price=${from}&max_price=${from + 100}&sort=price`;
      },
    ],
    ['by tag name, on every item', () => `tag=${UBIQUITOUS_TAG}`],
    ['by tag name, on a tenth', () => `tag=${randomOf(COLOURS)}`],
    ['by tag name, on a handful', () => `tag=${encodeURIComponent(`exclusive ${store()}`)}`],
    ...SORTS.map((sort): [string, () => string] => [
      `by tag id, sort ${sort}`,
      () => `tag_id=${tag(UBIQUITOUS_TAG)}&sort=${sort}`,
    ]),
    ...SORTS.map((sort): [string, () => string] => [
      `by store, sort ${sort}`,
      () => `store_id=${store()}&sort=${sort}`,
    ]),
    ['q, a rare word', () => `q=${RARE_WORD}`],
    ['q, a word in half of the names', () => `q=${COMMON_WORD}`],
    ['q, both', () => `q=${COMMON_WORD}%20${RARE_WORD}`],
    ['q, one letter', () => `q=${letter()}`],
    ['q, two letters', () => `q=${letter()}${letter()}`],
  ];
  const unbounded: [string, () => string][] = [
    ['without a tag that is on every item', () => `without_tag=${UBIQUITOUS_TAG}`],
    ['the same, sort price', () => `without_tag=${UBIQUITOUS_TAG}&sort=price`],
    ['two common tags that no item has together', () => `tag=${black}&tag=${blue}`],
    ['the same, sort price', () => `tag=${black}&tag=${blue}&sort=price`],
    ['q, a word in half of the names, sort price', () => `q=${COMMON_WORD}&sort=price`],
    [
      'q, one letter, without a tag that is on every item',
      () => `q=${letter()}&without_tag=${UBIQUITOUS_TAG}`,
    ],
    ['count=true', () => 'count=true'],
    ['count=true, by tag name, on every item', () => `tag=${UBIQUITOUS_TAG}&count=true`],
    ['count=true, two common tags', () => `tag=${UBIQUITOUS_TAG}&tag=${black}&count=true`],
    ['count=true, q, a word in half of the names', () => `q=${COMMON_WORD}&count=true`],
    ['count=true, q, one letter', () => `q=${letter()}&count=true`],
    ['count=true, without a tag on a tenth', () => `without_tag=${black}&count=true`],
  ];
  const toQuery =
    (isBounded: boolean) =>
    ([name, makeQuery]: [string, () => string]): Query => ({
      name,
      isBounded,
      makePath: () => `/items?${makeQuery()}&limit=20`,
    });
  return [...bounded.map(toQuery(true)), ...unbounded.map(toQuery(false))];
}

/**
 * The path of the page after this share of the items. It uses the cursor of the first page with another id, because
 * following the links would take tens of thousands of requests.
 */
export async function deepPage(client: HttpClient, items: number, share: number): Promise<string> {
  const next = nextPage(await client.get('/items?limit=20'));
  const url = new URL(next ?? '', 'http://localhost');
  const cursor = JSON.parse(
    Buffer.from(url.searchParams.get('cursor') ?? '', 'base64url').toString(),
  ) as unknown[];
  const last = Math.floor(items * share);
  const moved = cursor.map((part) => (part === 20 ? last : part));
  url.searchParams.set('cursor', Buffer.from(JSON.stringify(moved)).toString('base64url'));
  const path = url.pathname + url.search;
  const [first] = (await client.getJson(path)) as { id: number }[];
  if (first?.id !== last + 1)
    throw new Error(`${path} begins with ${first?.id ?? 'nothing'}, not with ${last + 1}`);
  return path;
}

import fc from 'fast-check';
import { type Received } from './exchange';
import { Spelled } from './draft';
import { type Value, type Wrong } from './values';
import { type World } from './world';

const all = () => ({});

const FILTERS: Value<unknown>[] = [
  all,
  ({ item }) => ({ ids: [item] }),
  ({ store }) => ({ ids: [...store.items, Number.MAX_SAFE_INTEGER], tag_match: 'any' }),
  ({ item }) => ({ ids: new Array<number>(1000).fill(item) }),
  () => ({ q: 'item 1' }),
  () => ({ q: "漢 % _ \\ '" }),
  () => ({ sku: '漢', min_price: 0, max_price: new Spelled('1e1') }),
  () => ({ min_price: 99_999_999.99, max_price: 0 }),
  ({ tag }) => ({ tag_id: [tag, Number.MAX_SAFE_INTEGER], tag_match: 'all' }),
  () => ({ tag: ['İstanbul', "it's", '"\\'], without_tag: ['ß'] }),
];

const CHANGES: Value<unknown>[] = [
  ...[
    { multiply: 1.05, round: 0.05 },
    { multiply: new Spelled('1e-7') },
    { multiply: 0 },
    { multiply: 1_000_000 },
    { multiply: 3, round: 99_999_999.99 },
    { add: new Spelled('-0') },
    { add: -99_999_999.99 },
    { set: 0.29 },
    { set: new Spelled('1.50') },
  ].map((price) => () => ({ price })),
  ({ world }) => ({ add_tags: [`new ${world.next()}`, 'ΦΑΣ', 'φασ'] }),
  () => ({ add_tags: ['a'], remove_tags: ['A', '\u{1f98a}'.repeat(200)] }),
  () => ({ add_tags: Array.from({ length: 100 }, (_none, n) => `tag ${n}`), price: { add: 0.01 } }),
  () => ({ delete: true }),
];

/** Which items an edit changes, and how. Each has a filter and a change, which are checked alone. */
export const editMember = (name: 'filter' | 'change'): fc.Arbitrary<Value<unknown>> =>
  fc.constantFrom(...(name === 'filter' ? FILTERS : CHANGES));

const NO_OBJECTS = ['a', 1, true, [], [{}]].map((value): [string, unknown] => ['', value]);

/** What is refused in a filter, and where. */
const NO_FILTERS: [place: string, value: unknown][] = [
  ...NO_OBJECTS,
  ...['a', '__proto__', 'constructor', 'sort', 'cursor', 'minPrice'].map((name): [string, unknown] => [
    `/${name}`,
    Object.fromEntries([[name, 1]]),
  ]),
  ['/ids', { ids: [] }],
  ['/ids', { ids: 1 }],
  ['/ids', { ids: new Array(1001).fill(1) }],
  ['/ids/1', { ids: [1, new Spelled('9007199254740993')] }],
  ['/ids/0', { ids: ['1'] }],
  ['/q', { q: ' ' }],
  ['/q', { q: new Array(11).fill('a').join(' ') }],
  ['/q', { q: 'a\ud800' }],
  ['/sku', { sku: '' }],
  ['/sku', { sku: 'x'.repeat(101) }],
  ['/min_price', { min_price: -0.01 }],
  ['/min_price', { min_price: '1' }],
  ['/max_price', { max_price: new Spelled('0.10000000000000000000001') }],
  ['/max_price', { max_price: new Spelled('1e400') }],
  ['/tag_id', { tag_id: new Array(21).fill(1) }],
  ['/tag_id/0', { tag_id: [1.5] }],
  ['/tag', { tag: 'a' }],
  ['/tag/0', { tag: ['\u200b'] }],
  ['/without_tag/1', { without_tag: ['a', null] }],
  ['/tag_match', { tag_match: 'ALL' }],
];

/** What is refused in a change, and where. */
const NO_CHANGES: [place: string, value: unknown][] = [
  ...NO_OBJECTS,
  ['', {}],
  ['/name', { name: 'a', delete: true }],
  ['/delete', { delete: false }],
  ['/delete', { delete: true, add_tags: ['a'] }],
  ['/add_tags', { add_tags: [] }],
  ['/add_tags', { add_tags: new Array(101).fill('a') }],
  ['/add_tags/1', { add_tags: ['a', 'b\u0000'] }],
  ['/remove_tags/0', { remove_tags: ['x'.repeat(201)] }],
  ['/price', { price: 1 }],
  ['/price', { price: {} }],
  ['/price/a', { price: { set: 1, a: 1 } }],
  ['/price/round', { price: { round: 0.05 } }],
  ['/price/round', { price: { multiply: 1, round: 0 } }],
  ['/price/round', { price: { multiply: 1, round: 0.005 } }],
  ['/price/add', { price: { multiply: 1, add: 1 } }],
  ['/price/set', { price: { add: 1, set: 1 } }],
  ['/price/multiply', { price: { multiply: -1 } }],
  ['/price/multiply', { price: { multiply: new Spelled('1e400') } }],
  ['/price/multiply', { price: { multiply: '1' } }],
  ['/price/add', { price: { add: 0.001 } }],
  ['/price/add', { price: { add: -1e8 } }],
  ['/price/set', { price: { set: -1 } }],
  ['/price/set', { price: { set: 1e8 } }],
];

/** Filters and changes that are refused whatever the state. */
export const wrongEditMember = (name: 'filter' | 'change'): fc.Arbitrary<Wrong> =>
  fc
    .constantFrom<[string, unknown]>(['', null], ...(name === 'filter' ? NO_FILTERS : NO_CHANGES))
    .map(([place, value]) => ({ place: `/${name}${place}`, value }));

/** Waits until an edit that was accepted has ended. @returns what is wrong with it, or undefined */
export async function faultOfEdit(world: World, { headers, text }: Received): Promise<string | undefined> {
  const { id } = JSON.parse(text) as { id: number };
  const target = `/imports/${id}`;
  if (headers.location !== target) return `the location ${String(headers.location)}`;
  for (;;) {
    const edit = await world.read(target, `Bearer ${world.token(world.admin, 'access')}`);
    const { state, failed } = JSON.parse(edit.text) as { state: string; failed: number };
    if (state === 'previewed') return undefined;
    if (state === 'failed' && failed > 0) return undefined;
    if (state !== 'queued' && state !== 'running') return `afterwards there was ${edit.text}`;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

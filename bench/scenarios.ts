import { randomUUID } from 'node:crypto';
import { COLOURS, countStores, tagId, UBIQUITOUS_TAG } from './data-set';
import { type Load, type LoadRequest } from './load';
import { randomOf, randomTo } from './random';
import { type Emporium, type Server } from './servers';

export const SCENARIO_NAMES = [
  'get',
  'list',
  'tag',
  'post',
  'patch',
  'not-modified',
  'post-key',
  'patch-if-match',
] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** The same work for both servers, or twice for Emporium: without and with a header. */
export interface Scenario {
  title: string;
  /** the maximum ratio of Emporium's CPU time, with that of PostgreSQL, to the one of the base */
  target: number;
  /** what Emporium is compared with */
  base: { server: Server; name: string; load: () => Promise<Load> };
  emporium: () => Promise<Load>;
}

const DIFFERENT_REQUESTS = 50_000;
const ENTITY_TAGS = 1000;
/** Each needs an item of its own, because a write changes the entity tag. */
const CONDITIONAL_WRITES = 20_000;

const LIMIT_SERVER = 'limit server';

const many = (make: (index: number) => LoadRequest, count = DIFFERENT_REQUESTS) =>
  Array.from({ length: count }, (_, index) => make(index));

interface Servers {
  limit: Server;
  emporium: Emporium;
  items: number;
}

export function makeScenarios(names: readonly ScenarioName[], servers: Servers): Scenario[] {
  return names.map((name) => MAKERS[name](servers));
}

type Maker = (servers: Servers) => Scenario;

const MAKERS: Record<ScenarioName, Maker> = {
  get: ({ limit, emporium, items }) =>
    read('GET /items/{id}', 1.4, limit, emporium, () => many(() => ({ path: `/items/${randomTo(items)}` }))),

  list: ({ limit, emporium }) =>
    read('GET /items?limit=20', 1.3, limit, emporium, () => [{ path: '/items?limit=20' }]),

  tag: ({ limit, emporium, items }) =>
    read('GET /items?tag_id={id}&limit=20', 1.3, limit, emporium, () =>
      many(() => {
        const tag = tagId(randomTo(countStores(items)), randomOf([UBIQUITOUS_TAG, ...COLOURS]));
        return { path: `/items?tag_id=${tag}&limit=20` };
      }),
    ),

  post: ({ limit, emporium, items }) =>
    write('POST', 201, 'POST /items', 1.8, limit, emporium, () => newItems(items)),

  patch: ({ limit, emporium, items }) =>
    write('PATCH', 200, 'PATCH /items/{id}, a new price', 1.8, limit, emporium, () =>
      many(() => ({ path: `/items/${randomTo(items)}`, body: newPrice() })),
    ),

  'not-modified': ({ limit, emporium, items }) => {
    // The entity tags are read before each load, because other loads change items.
    const readEntityTags = async (): Promise<LoadRequest[]> => {
      const requests = [];
      while (requests.length < ENTITY_TAGS) {
        const path = `/items/${randomTo(items)}`;
        const { etag = '' } = (await emporium.server.client.get(path)).headers;
        requests.push({ path, headers: { 'if-none-match': etag } });
      }
      return requests;
    };
    const load = async (url: string, expected: number): Promise<Load> => ({
      url,
      method: 'GET',
      expected,
      requests: await readEntityTags(),
    });
    return {
      title: 'GET /items/{id} with If-None-Match: 304, the limit server 200',
      target: 1.2,
      base: { server: limit, name: LIMIT_SERVER, load: () => load(limit.url, 200) },
      emporium: () => load(emporium.server.url, 304),
    };
  },

  'post-key': ({ emporium, items }) =>
    withHeader(
      emporium,
      { method: 'POST', title: 'POST /items with Idempotency-Key', target: 1.6 },
      () => newItems(items),
      (requests) => requests.map((each) => ({ ...each, headers: { 'idempotency-key': randomUUID() } })),
    ),

  'patch-if-match': ({ emporium, items }) =>
    withHeader(
      emporium,
      { method: 'PATCH', title: 'PATCH /items/{id} with If-Match', target: 1.3 },
      () => {
        const first = randomTo(items);
        return many(
          (index) => ({ path: `/items/${((first + index) % items) + 1}`, body: newPrice() }),
          Math.min(items, CONDITIONAL_WRITES),
        );
      },
      (requests) => withEntityTags(emporium, requests),
    ),
};

const randomPrice = () => randomTo(999_999) / 100;
const newPrice = () => JSON.stringify({ price: randomPrice() });

let run = 0;

/** Requests that create items with names that no other load has. */
function newItems(items: number): LoadRequest[] {
  run++;
  return many((index) => ({
    path: '/items',
    body: JSON.stringify({
      name: `Load ${run} ${index}`,
      price: randomPrice(),
      store_id: randomTo(countStores(items)),
    }),
  }));
}

/** The same requests, each with the entity tag that its resource has now. */
async function withEntityTags(
  { server: { client } }: Emporium,
  requests: readonly LoadRequest[],
): Promise<LoadRequest[]> {
  const tagged: LoadRequest[] = [];
  for (const request of requests) {
    const { etag = '' } = (await client.get(request.path)).headers;
    tagged.push({ ...request, headers: { 'if-match': etag } });
  }
  return tagged;
}

/** Emporium with a header, beside Emporium without. */
function withHeader(
  emporium: Emporium,
  { method, title, target }: { method: 'POST' | 'PATCH'; title: string; target: number },
  makeRequests: () => LoadRequest[],
  addHeader: (requests: LoadRequest[]) => LoadRequest[] | Promise<LoadRequest[]>,
): Scenario {
  const { server } = emporium;
  const load = async (requests: LoadRequest[]): Promise<Load> => ({
    url: server.url,
    method,
    expected: method === 'POST' ? 201 : 200,
    token: await emporium.logIn(),
    requests,
  });
  return {
    title,
    target,
    base: { server, name: 'without', load: () => load(makeRequests()) },
    emporium: async () => load(await addHeader(makeRequests())),
  };
}

/** A scenario with new requests in each load. Emporium's have a token. */
function write(
  method: 'POST' | 'PATCH',
  expected: number,
  title: string,
  target: number,
  limit: Server,
  emporium: Emporium,
  makeRequests: () => LoadRequest[],
): Scenario {
  const load = (url: string, token?: string): Load => ({
    url,
    method,
    expected,
    token,
    requests: makeRequests(),
  });
  return {
    title,
    target,
    base: { server: limit, name: LIMIT_SERVER, load: () => Promise.resolve(load(limit.url)) },
    emporium: async () => load(emporium.server.url, await emporium.logIn()),
  };
}

function read(
  title: string,
  target: number,
  limit: Server,
  emporium: Emporium,
  makeRequests: () => LoadRequest[],
): Scenario {
  const requests = makeRequests();
  const load = (url: string): Promise<Load> =>
    Promise.resolve({ url, method: 'GET', expected: 200, requests });
  return {
    title,
    target,
    base: { server: limit, name: LIMIT_SERVER, load: () => load(limit.url) },
    emporium: () => load(emporium.server.url),
  };
}

import { COLOURS, countStores, tagId, UBIQUITOUS_TAG } from './data-set';
import { type Load, type LoadRequest } from './load';
import { randomOf, randomTo } from './random';
import { type Emporium, type Server } from './servers';

export const SCENARIO_NAMES = ['get', 'list', 'tag', 'post', 'patch', 'not-modified'] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** The same work for both servers. */
export interface Scenario {
  title: string;
  /** the maximum ratio of Emporium's CPU time, with that of PostgreSQL, to the limit server's */
  target: number;
  limit: () => Promise<Load>;
  emporium: () => Promise<Load>;
}

const DIFFERENT_REQUESTS = 50_000;
const ENTITY_TAGS = 1000;

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

  post: ({ limit, emporium, items }) => {
    let run = 0;
    return write('POST', 201, 'POST /items', 1.8, limit, emporium, () => {
      run++;
      return many((index) => ({
        path: '/items',
        body: JSON.stringify({
          name: `Load ${run} ${index}`,
          price: randomPrice(),
          store_id: randomTo(countStores(items)),
        }),
      }));
    });
  },

  patch: ({ limit, emporium, items }) =>
    write('PATCH', 200, 'PATCH /items/{id}, a new price', 1.8, limit, emporium, () =>
      many(() => ({ path: `/items/${randomTo(items)}`, body: JSON.stringify({ price: randomPrice() }) })),
    ),

  'not-modified': ({ limit, emporium, items }) => {
    // The entity tags are read before each load, because other loads change items.
    const readEntityTags = async (): Promise<LoadRequest[]> => {
      const requests = [];
      while (requests.length < ENTITY_TAGS) {
        const path = `/items/${randomTo(items)}`;
        const { etag = '' } = (await emporium.server.client.get(path)).headers;
        requests.push({ path, etag });
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
      limit: () => load(limit.url, 200),
      emporium: () => load(emporium.server.url, 304),
    };
  },
};

const randomPrice = () => randomTo(999_999) / 100;

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
    limit: () => Promise.resolve(load(limit.url)),
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
  return { title, target, limit: () => load(limit.url), emporium: () => load(emporium.server.url) };
}

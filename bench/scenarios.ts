import { COLOURS, countStores, tagId, UBIQUITOUS_TAG } from './data-set';
import { type Load, type LoadRequest } from './load';
import { randomOf, randomTo } from './random';
import { type Emporium, type Server } from './servers';

export const SCENARIO_NAMES = ['get', 'list', 'tag', 'post', 'not-modified'] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** The same work for both servers. */
export interface Scenario {
  title: string;
  /** how many times the CPU time of the limit server, its own and PostgreSQL's, Emporium may take */
  target: number;
  limit: () => Promise<Load>;
  emporium: () => Promise<Load>;
}

const DIFFERENT_REQUESTS = 50_000;
const ENTITY_TAGS = 1000;

const many = (make: (index: number) => LoadRequest, count = DIFFERENT_REQUESTS) =>
  Array.from({ length: count }, (_, index) => make(index));

/** The scenarios of these names; where one cannot be run, `notice` is told why. */
export async function makeScenarios(
  names: readonly ScenarioName[],
  servers: { limit: Server; emporium: Emporium; items: number },
  notice: (message: string) => void,
): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  for (const name of names) {
    const scenario = await MAKERS[name](servers);
    if (scenario) scenarios.push(scenario);
    else notice('The answers bear no ETag: "not modified" is left out.');
  }
  return scenarios;
}

type Maker = (servers: {
  limit: Server;
  emporium: Emporium;
  items: number;
}) => Scenario | Promise<Scenario | undefined>;

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
    const load = (url: string, token?: string): Load => {
      run++;
      const requests = many((index) => ({
        path: '/items',
        body: JSON.stringify({
          name: `Load ${run} ${index}`,
          price: randomTo(999_999) / 100,
          store_id: randomTo(countStores(items)),
        }),
      }));
      return { url, method: 'POST', expected: 201, token, requests };
    };
    return {
      title: 'POST /items',
      target: 1.8,
      limit: () => Promise.resolve(load(limit.url)),
      emporium: async () => load(emporium.server.url, await emporium.logIn()),
    };
  },

  'not-modified': async ({ limit, emporium, items }) => {
    const requests: LoadRequest[] = [];
    for (let count = 0; count < ENTITY_TAGS; count++) {
      const path = `/items/${randomTo(items)}`;
      const { etag } = (await emporium.server.client.get(path)).headers;
      if (etag === undefined) return undefined;
      requests.push({ path, etag });
    }
    const load = (url: string, expected: number): Promise<Load> =>
      Promise.resolve({ url, method: 'GET', expected, requests });
    return {
      title: 'GET /items/{id} with If-None-Match: 304, the limit server 200',
      target: 1.2,
      limit: () => load(limit.url, 200),
      emporium: () => load(emporium.server.url, 304),
    };
  },
};

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

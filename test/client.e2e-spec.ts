import {
  ConnectionError,
  createClient,
  type Emporium,
  isProblem,
  memoryStore,
  type Problem,
  type TokenStore,
  webStore,
} from '../client/src';
import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import {
  createItem,
  createStore,
  createTag,
  linkTags,
  PASSWORD,
  startSession,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { forge } from './support/forge';

type Fetch = (request: Request) => Promise<Response>;

let app: TestApp;
let owner: TestUser;
let store: TestStore;
let api: Emporium;

beforeAll(async () => {
  ({ app, owner, store } = await startCatalogue());
  api = clientOf(owner);
});
afterAll(() => app.close());

const tokensOf = ({ accessToken, refreshToken }: TestUser) => ({
  access_token: accessToken,
  refresh_token: refreshToken,
});

function clientOf(user: TestUser, options: object = {}): Emporium {
  return createClient({ baseUrl: app.url, tokens: memoryStore(tokensOf(user)), ...options });
}

/** A store whose access token has expired, while the refresh token of the session is good. */
async function expiredStore(): Promise<TokenStore & { user: TestUser }> {
  const user = await startSession(app, owner);
  const expired = forge(app, user.accessToken, { exp: Math.floor(Date.now() / 1000) - 100 });
  return { ...memoryStore(tokensOf({ ...user, accessToken: expired })), user };
}

/** A fetch that notes the method and path of each request, and can answer in the place of the API. */
function recorder(
  answer: (request: Request, count: number) => Response | undefined | Promise<Response | undefined>,
) {
  const requests: { line: string; key: string | null }[] = [];
  const send: Fetch = async (request) => {
    const { pathname } = new URL(request.url);
    requests.push({ line: `${request.method} ${pathname}`, key: request.headers.get('idempotency-key') });
    return (await answer(request, requests.length)) ?? fetch(request);
  };
  return { requests, fetch: send };
}

const unavailable = (retryAfter = '0') =>
  new Response('busy', { status: 503, headers: { 'retry-after': retryAfter } });

/** Carries out the first request, and loses its answer. */
const losesFirstAnswer = async (request: Request, count: number) => {
  if (count > 1) return undefined;
  await (await fetch(request)).text();
  throw new TypeError('fetch failed');
};

async function reasonOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('The call succeeded.');
}

describe('calls', () => {
  it('send parameters and bodies, and return what the API answers', async () => {
    const made = await api.items.create({ body: { name: unique('item'), price: 1.1, store_id: store.id } });
    expect(made).toMatchObject({ price: 1.1, tags: [] });
    const tag = await api.tags.create({ id: store.id, body: { name: unique('tag') } });
    expect((await api.items.linkTags({ id: made.id, body: { tags: [tag.id] } })).tags).toEqual([
      { id: tag.id, name: tag.name },
    ]);
    await api.items.unlinkTag({ item_id: made.id, tag_id: tag.id });
    expect((await api.items.get({ id: made.id })).tags).toEqual([]);
    expect((await api.items.update({ id: made.id, body: { price: 2.35 } })).price).toBe(2.35);
    expect((await api.items.get({ id: made.id })).price).toBe(2.35);
    await api.items.delete({ id: made.id });
    expect(isProblem(await reasonOf(api.items.get({ id: made.id })), 'item_not_found')).toBe(true);
    expect((await api.account.get()).email).toBe(owner.email);
  });

  it('throw what the API refuses, with all that it says', async () => {
    const call = api.items.create({ body: { name: '', price: -1, store_id: store.id } });
    const problem = (await reasonOf(call)) as Problem;
    expect(problem).toMatchObject({ name: 'Problem', status: 400, code: 'invalid_input' });
    expect(problem.errors.map(({ pointer }) => pointer).sort()).toEqual(['/name', '/price']);
    expect(problem.requestId).toMatch(/./);
    expect([isProblem(problem), isProblem(problem, 'sku_taken', 'invalid_input')]).toEqual([true, true]);
    expect([isProblem(problem, 'sku_taken'), isProblem(new Error())]).toEqual([false, false]);
  });

  it('have openapi-fetch beside them, with the same session', async () => {
    const { data, response } = await api.http.GET('/me');
    expect([response.status, data?.email]).toEqual([200, owner.email]);
  });

  it('tell an answer that is not one of Emporium from a problem', async () => {
    const answers = [new Response('<html>', { status: 404 }), new Response('<html>', { status: 200 })];
    for (const answer of answers) {
      const other = createClient({ baseUrl: app.url, fetch: () => Promise.resolve(answer) });
      expect(await reasonOf(other.items.get({ id: 1 }))).toBeInstanceOf(ConnectionError);
    }
  });
});

describe('a list', () => {
  it('is a page or all rows, and follows its links with its filters', async () => {
    const own = await createStore(owner);
    const tag = await createTag(own);
    const other = await createTag(own);
    for (let n = 0; n < 7; n++) {
      const { id } = await createItem(own, { name: `Item ${n}`, price: n });
      await linkTags(own, id, tag.id, ...(n === 3 ? [] : [other.id]));
    }
    const list = () =>
      api.items.listOfStore({
        id: own.id,
        tag_id: [tag.id, other.id],
        sort: '-price',
        limit: 2,
        count: true,
      });
    const names: string[] = [];
    for await (const { name } of list()) names.push(name);
    expect(names).toEqual([6, 5, 4, 2, 1, 0].map((n) => `Item ${n}`));

    const first = await list();
    expect([first.rows.length, first.total]).toEqual([2, 6]);
    expect((await first.next?.())?.rows.map(({ name }) => name)).toEqual(['Item 4', 'Item 2']);
    const lengths: number[] = [];
    for await (const page of list().pages()) lengths.push(page.rows.length);
    expect(lengths).toEqual([2, 2, 2]);
    expect(await list().all()).toHaveLength(6);
    expect((await api.items.listOfStore({ id: own.id, q: 'nothing' })).next).toBeUndefined();
  });

  it('that is refused rejects, as a page and as rows', async () => {
    expect(isProblem(await reasonOf(api.items.listOfStore({ id: 999_999 })), 'store_not_found')).toBe(true);
    expect(isProblem(await reasonOf(api.items.list({ limit: 1000 }).all()), 'invalid_input')).toBe(true);
  });
});

describe('If-Match', () => {
  it('is of the object that was read, whatever was read since', async () => {
    const { id } = await createItem(store);
    const first = await api.items.get({ id });
    const second = await api.items.update({ id, body: { price: 2 }, ifMatch: first });
    await api.items.get({ id });
    const stale = api.items.update({ id, body: { price: 3 }, ifMatch: first });
    expect(isProblem(await reasonOf(stale), 'precondition_failed')).toBe(true);
    expect((await api.items.update({ id, body: { price: 4 }, ifMatch: second })).price).toBe(4);
    expect(
      isProblem(await reasonOf(api.items.delete({ id, ifMatch: '"other"' })), 'precondition_failed'),
    ).toBe(true);
  });

  it('needs an object with a version', async () => {
    const { id } = await createItem(store);
    const { rows } = await api.items.listOfStore({ id: store.id });
    for (const ifMatch of [{ ...rows[0] }, { id }]) {
      const call = api.items.update({ id, body: { price: 2 }, ifMatch });
      expect(await reasonOf(call)).toBeInstanceOf(TypeError);
    }
  });
});

describe('a request that got no answer', () => {
  it.each<[string, (client: Emporium, name: string) => Promise<unknown>]>([
    ['creation', (client, name) => client.items.create({ body: { name, price: 1, store_id: store.id } })],
    [
      'creation with a key of the caller',
      (client, name) =>
        client.items.create({ body: { name, price: 1, store_id: store.id }, idempotencyKey: unique('key') }),
    ],
  ])('%s happens once, with the same key', async (_kind, call) => {
    const { requests, fetch: send } = recorder(losesFirstAnswer);
    const name = unique('once');
    await call(clientOf(owner, { fetch: send }), name);
    expect(requests).toHaveLength(2);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(1);
    expect(requests[0]?.key).toMatch(/./);
    expect((await api.items.listOfStore({ id: store.id, q: name })).rows).toHaveLength(1);
  });

  it('is sent again if it only reads', async () => {
    const { requests, fetch: send } = recorder(losesFirstAnswer);
    await clientOf(owner, { fetch: send }).account.get();
    expect(requests).toHaveLength(2);
  });

  it('is not sent again if that could do harm', async () => {
    const { id } = await createItem(store);
    const calls: ((client: Emporium) => Promise<unknown>)[] = [
      (client) =>
        client.auth.register({ body: { email: `${unique('new')}@example.com`, password: PASSWORD } }),
      async (client) => {
        const item = await api.items.get({ id });
        await client.items.update({ id, body: { price: 5 }, ifMatch: await etagOf(item.id) });
      },
    ];
    for (const call of calls) {
      const { requests, fetch: send } = recorder(losesFirstAnswer);
      expect(await reasonOf(call(clientOf(owner, { fetch: send })))).toBeInstanceOf(ConnectionError);
      expect(requests).toHaveLength(1);
    }
  });

  it('ends with an error after some tries', async () => {
    const { requests, fetch: send } = recorder(() => Promise.reject(new TypeError('fetch failed')));
    const call = clientOf(owner, { fetch: send, tries: 3 }).stores.list();
    expect(await reasonOf(call)).toMatchObject({ name: 'ConnectionError', status: undefined });
    expect(requests).toHaveLength(3);
  });

  it('is given up after the time of a try', async () => {
    const hang: Fetch = (request) =>
      new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => {
          reject(request.signal.reason as Error);
        });
      });
    const call = clientOf(owner, { fetch: hang, tries: 2, timeout: 20 }).stores.list();
    expect(await reasonOf(call)).toBeInstanceOf(ConnectionError);
  });
});

async function etagOf(id: number): Promise<string> {
  return (await app.api.get(`/items/${id}`)).headers.get('etag') ?? '';
}

describe('a server that cannot answer now', () => {
  it('is asked again after the time that it wants', async () => {
    const times: number[] = [];
    const { fetch: send } = recorder((_request, count) => {
      times.push(performance.now());
      return count === 1 ? unavailable('1') : undefined;
    });
    await clientOf(owner, { fetch: send }).stores.list();
    expect(times).toHaveLength(2);
    // Timers can be a little early.
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(980);
  });

  it('is not asked again if it wants too much time, or the request is not safe', async () => {
    for (const [answer, call] of [
      [unavailable('3600'), (client: Emporium) => client.stores.list()],
      [
        new Response('', { status: 502 }),
        (client: Emporium) => client.auth.login({ body: { email: 'a@example.com', password: 'x' } }),
      ],
    ] as const) {
      const { requests, fetch: send } = recorder(() => answer);
      await reasonOf(call(clientOf(owner, { fetch: send })));
      expect(requests).toHaveLength(1);
    }
  });

  it('may refuse a login for a moment: 429', async () => {
    const { requests, fetch: send } = recorder((_request, count) =>
      count === 1 ? new Response('', { status: 429, headers: { 'retry-after': '0' } }) : undefined,
    );
    const client = createClient({ baseUrl: app.url, fetch: send });
    await client.auth.login({ body: { email: owner.email, password: PASSWORD } });
    expect([requests.length, client.isLoggedIn]).toEqual([2, true]);
  });

  it('still runs the first request with this key: 409 in_progress', async () => {
    const { requests, fetch: send } = recorder((_request, count) =>
      count === 1
        ? Response.json(
            { code: 'in_progress', request_id: 'r' },
            { status: 409, headers: { 'retry-after': '0' } },
          )
        : undefined,
    );
    await clientOf(owner, { fetch: send }).stores.create({ body: { name: unique('store') } });
    expect(requests).toHaveLength(2);
  });
});

describe('the session', () => {
  it('begins with a login, and ends with a logout', async () => {
    const tokens = memoryStore();
    const client = createClient({ baseUrl: `${app.url}/`, tokens });
    expect(client.isLoggedIn).toBe(false);
    await client.auth.login({ body: { email: owner.email, password: PASSWORD } });
    expect((await client.account.get()).id).toBe(owner.id);
    await client.auth.logout();
    expect([client.isLoggedIn, tokens.get()]).toEqual([false, undefined]);
    expect(isProblem(await reasonOf(client.account.get()), 'unauthenticated')).toBe(true);
  });

  it('is refreshed once for all calls that find it expired', async () => {
    const tokens = await expiredStore();
    const { requests, fetch: send } = recorder(() => undefined);
    const client = createClient({ baseUrl: app.url, tokens, fetch: send });
    const emails = await Promise.all(
      Array.from({ length: 10 }, async () => (await client.account.get()).email),
    );
    expect(new Set(emails)).toEqual(new Set([owner.email]));
    expect(requests.filter(({ line }) => line === 'POST /refresh')).toHaveLength(1);
    const body = { name: unique('store') };
    expect((await client.stores.create({ body })).name).toBe(body.name);
  });

  it('is refreshed by several tabs at once', async () => {
    const tokens = await expiredStore();
    const tabs = Array.from({ length: 4 }, () => createClient({ baseUrl: app.url, tokens }));
    const calls = tabs.flatMap((tab) => [tab.account.get(), tab.account.listSessions()]);
    for (const result of await Promise.all(calls)) expect(result).toBeDefined();
    for (const tab of tabs) expect((await tab.account.get()).id).toBe(owner.id);
  });

  it('is not refreshed because of a wrong password', async () => {
    const { requests, fetch: send } = recorder(() => undefined);
    const body = { email: owner.email, password: 'some other words' };
    const call = clientOf(owner, { fetch: send }).auth.login({ body });
    expect(isProblem(await reasonOf(call), 'bad_credentials')).toBe(true);
    expect(requests.map(({ line }) => line)).toEqual(['POST /login']);
  });

  it('keeps the body of the request that is sent again', async () => {
    const tokens = await expiredStore();
    const name = unique('body');
    const client = createClient({ baseUrl: app.url, tokens });
    expect((await client.stores.create({ body: { name } })).name).toBe(name);
  });

  it('that the API has ended is told once, and leaves no tokens', async () => {
    const tokens = await expiredStore();
    await tokens.user.api.post('/logout');
    await app.sql('DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1)', [
      owner.id,
    ]);
    const onSessionEnd = jest.fn();
    const client = createClient({ baseUrl: app.url, tokens, onSessionEnd });
    const reasons = await Promise.all([client.account.get(), client.account.get()].map(reasonOf));
    for (const reason of reasons) expect(isProblem(reason, 'unauthenticated')).toBe(true);
    expect(onSessionEnd).toHaveBeenCalledTimes(1);
    expect(client.isLoggedIn).toBe(false);
    // The other tests of this file use another session of the owner.
    owner = await startSession(app, owner);
    api = clientOf(owner);
  });

  it('outlives a server that cannot refresh it now', async () => {
    const tokens = await expiredStore();
    const { fetch: send } = recorder((request) =>
      request.url.endsWith('/refresh') ? unavailable('3600') : undefined,
    );
    const client = createClient({ baseUrl: app.url, tokens, fetch: send });
    expect(await reasonOf(client.account.get())).toBeInstanceOf(ConnectionError);
    expect(client.isLoggedIn).toBe(true);
  });
});

describe('abort', () => {
  it('ends a call, and its waiting for the next try', async () => {
    const controller = new AbortController();
    const { requests, fetch: send } = recorder(() => {
      setTimeout(() => {
        controller.abort();
      }, 1);
      return unavailable('9');
    });
    const call = clientOf(owner, { fetch: send }).stores.list({ signal: controller.signal });
    expect(await reasonOf(call)).toMatchObject({ name: 'AbortError' });
    expect(requests).toHaveLength(1);
  });
});

it('keeps tokens in the storage of a browser, and ignores what is not a pair of tokens', () => {
  const data = new Map<string, string>();
  const storage = {
    getItem: (key: string) => data.get(key) ?? null,
    setItem: (key: string, value: string) => void data.set(key, value),
    removeItem: (key: string) => void data.delete(key),
  };
  const tokens = webStore(storage, 'key');
  expect(tokens.get()).toBeUndefined();
  tokens.set({ access_token: 'a', refresh_token: 'r' });
  expect(webStore(storage, 'key').get()).toEqual({ access_token: 'a', refresh_token: 'r' });
  for (const text of ['{', '1', '{"access_token":1}', '{"access_token":"a"}']) {
    data.set('key', text);
    expect(tokens.get()).toBeUndefined();
  }
  tokens.set(undefined);
  expect(data.size).toBe(0);
});

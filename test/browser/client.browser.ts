import { type Page, type Request } from 'playwright-core';
import type * as emporium from '../../client/src';
import { useBrowser } from '../support/browser';
import { type ClientPage, serveClient } from '../support/client-page';
import { PASSWORD, unique } from '../support/factories';
import { LOST_CONNECTION, statuses } from '../support/page-faults';
import { type Account, PanelServer } from '../support/panel-server';

declare global {
  interface Window {
    emporium: typeof emporium;
    /** the client of the page, which keeps its tokens in `localStorage` */
    api: emporium.Emporium;
    /** how often its session has ended */
    ends: number;
  }
}

const browser = useBrowser();
let server: PanelServer;
let shop: ClientPage;
let owner: Account;
let storeId: number;

beforeAll(async () => {
  // The throttle is on, because its answers are a part of what is tested.
  [server, shop] = await Promise.all([PanelServer.start({ AUTH_THROTTLE: 'on' }), serveClient()]);
  owner = await server.newUser();
  storeId = (await owner.api.stores.create({ body: { name: unique('store') } })).id;
});
afterAll(() => Promise.all([server.close(), shop.close()]));

/** Opens the shop, whose client is `window.api`. */
async function open(page: Page, api = server.url): Promise<Page> {
  await page.goto(shop.url);
  await page.waitForFunction(() => 'emporium' in window);
  await page.evaluate((baseUrl) => {
    window.ends = 0;
    window.api = window.emporium.createClient({
      baseUrl,
      tokens: window.emporium.webStore(localStorage),
      onSessionEnd: () => window.ends++,
    });
  }, api);
  return page;
}

async function openLoggedIn({ email, password }: Account = owner): Promise<Page> {
  const page = await open(await browser.newPage());
  await page.evaluate((body) => window.api.auth.login({ body }), { email, password });
  return page;
}

/** The problem of a call that the API refuses, as the page sees it. */
function codeOf(page: Page, call: string): Promise<Record<string, unknown>> {
  return page.evaluate<Record<string, unknown>>(`
    (${call}).then(
      () => ({ code: 'none' }),
      (error) => ({ ...error, name: error.name, isProblem: emporium.isProblem(error) }),
    )
  `);
}

/** The API refuses such an access token as one that has expired, and the client then refreshes it. */
async function spoilAccessToken(page: Page): Promise<void> {
  await page.evaluate(() => {
    const store = window.emporium.webStore(localStorage);
    const tokens = store.get();
    if (tokens) store.set({ ...tokens, access_token: `${tokens.access_token.slice(0, -8)}AAAAAAAA` });
  });
}

function countRefreshes(page: Page): () => number {
  const refreshes: Request[] = [];
  page.context().on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/refresh')) refreshes.push(request);
  });
  return () => refreshes.length;
}

describe('a page of another origin', () => {
  it('logs in, writes, and reads a list page by page', async () => {
    const page = await openLoggedIn();
    const { names, lengths, total } = await page.evaluate(async (id) => {
      for (let n = 1; n <= 7; n++) {
        await window.api.items.create({ body: { name: `Chair ${n}`, price: n + 0.35, store_id: id } });
      }
      const list = () =>
        window.api.items.listOfStore({ id, q: 'chair', sort: '-price', limit: 3, count: true });
      const result = { names: [] as string[], lengths: [] as number[], total: (await list()).total };
      for await (const { name } of list()) result.names.push(name);
      for await (const { rows } of list().pages()) result.lengths.push(rows.length);
      return result;
    }, storeId);
    expect(names).toEqual([7, 6, 5, 4, 3, 2, 1].map((n) => `Chair ${n}`));
    expect([lengths, total]).toEqual([[3, 3, 1], 7]);
  });

  it('is told what the API refuses', async () => {
    browser.allow(statuses(400, 401, 404));
    const page = await openLoggedIn();
    const invalid = await codeOf(
      page,
      `api.items.create({ body: { name: '', price: -1, store_id: ${storeId} } })`,
    );
    expect(invalid).toMatchObject({ isProblem: true, name: 'Problem', status: 400, code: 'invalid_input' });
    expect((invalid.errors as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual([
      '/name',
      '/price',
    ]);
    expect(await codeOf(page, 'api.items.get({ id: 999999 })')).toMatchObject({ code: 'item_not_found' });
    const login = `api.auth.login({ body: { email: '${owner.email}', password: 'other words' } })`;
    expect(await codeOf(page, login)).toMatchObject({ code: 'bad_credentials' });
  });

  it('saves with If-Match, and is told of the change of somebody else', async () => {
    browser.allow(statuses(412));
    const page = await openLoggedIn();
    const id = await page.evaluate(async (store_id) => {
      const item = await window.api.items.create({ body: { name: 'A lamp', price: 1, store_id } });
      const changed = await window.api.items.update({ id: item.id, body: { price: 2 }, ifMatch: item });
      Object.assign(window, { item: changed });
      return item.id;
    }, storeId);
    await owner.api.items.update({ id, body: { price: 3 } });
    const call = `api.items.update({ id: ${id}, body: { price: 4 }, ifMatch: item })`;
    expect(await codeOf(page, call)).toMatchObject({ status: 412, code: 'precondition_failed' });
    expect((await owner.api.items.get({ id })).price).toBe(3);
  });

  it('reads the headers of answers', async () => {
    const page = await openLoggedIn();
    const item = await owner.api.items.create({ body: { name: 'A desk', price: 5, store_id: storeId } });
    const headers = await page.evaluate(
      async ({ id, store_id }) => {
        const { http } = window.api;
        const one = await http.GET('/items/{id}', { params: { path: { id } } });
        const list = await http.GET('/items', { params: { query: { count: true, limit: 1 } } });
        const made = await http.POST('/items', { body: { name: 'A stool', price: 6, store_id } });
        return {
          etag: one.response.headers.get('etag'),
          total: list.response.headers.get('x-total-count'),
          link: list.response.headers.get('link'),
          location: made.response.headers.get('location'),
          requestId: made.response.headers.get('x-request-id'),
        };
      },
      { id: item.id, store_id: storeId },
    );
    expect(headers).toEqual({
      etag: expect.stringMatching(/^"/) as string,
      total: expect.stringMatching(/^\d+$/) as string,
      link: expect.stringContaining('rel="next"') as string,
      location: expect.stringMatching(/^\/items\/\d+$/) as string,
      requestId: expect.stringMatching(/./) as string,
    });
  });

  it('is told when to try again', async () => {
    browser.allow(statuses(401, 429));
    const { email } = await server.newUser();
    const page = await open(await browser.newPage());
    const login = `api.auth.login({ body: { email: '${email}', password: 'other words' } })`;
    for (let failure = 0; failure < 10; failure++) await codeOf(page, login);
    const refused = await codeOf(page, login);
    expect(refused).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect(refused.retryAfter).toBeGreaterThan(60);
  });

  it('can cancel a call', async () => {
    const page = await openLoggedIn();
    const isAsked = page.waitForRequest(
      (request) => request.url().endsWith('/stores') && request.method() === 'GET',
    );
    // An answer that does not come.
    await page.route('**/stores', () => undefined);
    const ended = page.evaluate(() => {
      const aborter = new AbortController();
      Object.assign(window, { aborter });
      return Promise.resolve(window.api.stores.list({ signal: aborter.signal })).then(
        () => 'an answer',
        (error: unknown) => (error as Error).name,
      );
    });
    await isAsked;
    const isGivenUp = page.waitForEvent('requestfailed');
    await page.evaluate('aborter.abort()');
    expect(await ended).toBe('AbortError');
    expect((await isGivenUp).failure()?.errorText).toBe('net::ERR_ABORTED');
  });

  it('writes once although an answer is lost', async () => {
    browser.allow(/net::ERR_FAILED/);
    const page = await openLoggedIn();
    const keys: (string | undefined)[] = [];
    await page.route('**/items', async (route, request) => {
      if (request.method() !== 'POST') return route.continue();
      keys.push(request.headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    const name = unique('once');
    await page.evaluate((body) => window.api.items.create({ body }), { name, price: 1, store_id: storeId });
    expect(keys).toHaveLength(2);
    expect([new Set(keys).size, keys[0]?.length]).toEqual([1, 32]);
    expect((await owner.api.items.listOfStore({ id: storeId, q: name })).rows).toHaveLength(1);
  });

  it('is told that the server is away, and goes on when it is back', async () => {
    browser.allow(LOST_CONNECTION);
    const page = await openLoggedIn();
    await server.stop();
    const lost = await codeOf(page, 'api.account.get()');
    expect(lost).toMatchObject({ isProblem: false, name: 'ConnectionError' });
    await server.resume();
    expect(await page.evaluate(async () => (await window.api.account.get()).email)).toBe(owner.email);
  });

  it('may read only if CORS_ORIGINS has its origin', async () => {
    browser.allow(/CORS policy/, /net::ERR_FAILED/);
    const closed = await PanelServer.start({ CORS_ORIGINS: 'https://shop.example' });
    const page = await open(await browser.newPage(), closed.url);
    const call = `emporium.createClient({ baseUrl: '${closed.url}', tries: 1 }).stores.list().all()`;
    expect(await codeOf(page, call)).toMatchObject({ name: 'ConnectionError', isProblem: false });
    await closed.close();

    const opened = await PanelServer.start({ CORS_ORIGINS: `https://shop.example,${shop.url}` });
    await open(page, opened.url);
    expect(await page.evaluate(() => window.api.stores.list().all())).toEqual([]);
    await opened.close();
  });
});

describe('the session of several tabs', () => {
  /** Two tabs of which each makes several calls at the same time. */
  async function callFromBoth(tabs: Page[]): Promise<string[]> {
    const emails = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(async () => {
          const calls = Array.from({ length: 3 }, () => window.api.account.get());
          return (await Promise.all(calls)).map(({ email }) => email);
        }),
      ),
    );
    return emails.flat();
  }

  it('is refreshed once', async () => {
    browser.allow(statuses(401));
    const first = await openLoggedIn();
    const second = await open(await browser.newTab(first));
    const refreshes = countRefreshes(first);
    for (let round = 1; round <= 10; round++) {
      await spoilAccessToken(first);
      expect(await callFromBoth([first, second])).toEqual(Array<string>(6).fill(owner.email));
      expect(refreshes()).toBe(round);
    }
    expect(await first.evaluate(() => window.ends)).toBe(0);
  });

  it('goes on where the browser has no locks, as on a page without TLS', async () => {
    browser.allow(statuses(401));
    const first = await browser.newPage();
    await first.context().addInitScript(() => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
      Object.defineProperty(crypto, 'randomUUID', { value: undefined });
    });
    await open(first);
    await first.evaluate((body) => window.api.auth.login({ body }), {
      email: owner.email,
      password: PASSWORD,
    });
    const second = await open(await browser.newTab(first));
    await spoilAccessToken(first);
    expect(await callFromBoth([first, second])).toEqual(Array<string>(6).fill(owner.email));
    expect(await callFromBoth([first, second])).toHaveLength(6);
    const name = unique('store');
    const made = await second.evaluate((body) => window.api.stores.create({ body }), { name });
    expect(made.name).toBe(name);
  });

  it('that was ended elsewhere is told once, and leaves no tokens', async () => {
    browser.allow(statuses(401));
    const user = await server.newUser();
    const first = await openLoggedIn(user);
    const second = await open(await browser.newTab(first));
    // The session of the tabs is the one that is not the current one here.
    for (const { id, current } of await user.api.account.listSessions()) {
      if (!current) await user.api.account.endSession({ id });
    }
    const refused = await codeOf(first, 'Promise.all([api.account.get(), api.account.get()])');
    expect(refused).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(await first.evaluate(() => window.ends)).toBe(1);
    for (const tab of [first, second]) {
      expect(await tab.evaluate(() => [window.api.isLoggedIn, localStorage.length])).toEqual([false, 0]);
    }
  });

  it('ends for all of them with a logout', async () => {
    const first = await openLoggedIn();
    const second = await open(await browser.newTab(first));
    await first.evaluate(() => window.api.auth.logout());
    expect(await second.evaluate(() => window.api.isLoggedIn)).toBe(false);
  });
});

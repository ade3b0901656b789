import { startApp, type TestApp } from './support/app';
import { expectProblem } from './support/expect-problem';
import { unique } from './support/factories';

interface PageSession {
  user: { email: string; role: string } | undefined;
  accessToken: string | undefined;
  refreshToken: string | undefined;
  resume: () => Promise<void>;
  logIn: (email: string, password: string) => Promise<void>;
  register: (email: string, password: string) => Promise<void>;
  logOut: () => Promise<void>;
  renewed: (token: string | undefined) => Promise<string | undefined>;
  observe: (path: string, status: number, body?: unknown) => Promise<void>;
}

/** The script of the page that knows nothing of browsers. */
const { Session, SessionError } = jest.requireActual<{
  Session: new (options: object) => PageSession;
  SessionError: new () => Error;
}>('../src/openapi/assets/session.js');

const PASSWORD = 'correct horse battery';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe.each(['/docs', '/docs/'])('GET %s', (address) => {
  const addressesIn = (html: string) =>
    [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => new URL(url, app.url + address));

  it('is a page of ours with all it needs from this server', async () => {
    const page = await app.api.get(address);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<title>Emporium API</title>');
    expect(page.text).toContain('<meta name="viewport" content="width=device-width, initial-scale=1" />');
    const addresses = addressesIn(page.text);
    expect(addresses.map(({ pathname }) => pathname)).toEqual(
      expect.arrayContaining([
        '/docs/docs.js',
        '/docs/docs.css',
        '/docs/swagger-ui-bundle.js',
        '/openapi.json',
      ]),
    );
    for (const { origin, pathname } of addresses) {
      expect(origin).toBe(app.url);
      expect([pathname, (await app.api.get(pathname)).status]).toEqual([pathname, 200]);
    }
  });

  it('allows nothing from elsewhere, no inline script and no frame around it', async () => {
    const page = await app.api.get(address);
    const policy = new Map(
      page.headers
        .get('content-security-policy')
        ?.split('; ')
        .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
    );
    expect(policy.get('default-src')).toBe("'none'");
    expect(policy.get('script-src')).toBe("'self'");
    expect(policy.get('connect-src')).toBe("'self'");
    expect(policy.get('form-action')).toBe("'none'");
    expect(policy.get('frame-ancestors')).toBe("'none'");
    expect(page.text).not.toMatch(
      /<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|(src|href)="(https?:)?\/\//,
    );
  });

  it('has a form to log in, with a label for each field', async () => {
    const { text } = await app.api.get(address);
    const fields = [...text.matchAll(/<label>([\w-]+) <input name="(\w+)" type="(\w+)"/g)];
    expect(fields.map(([, label, name, type]) => [label, name, type])).toEqual([
      ['E-mail', 'email', 'email'],
      ['Password', 'password', 'password'],
    ]);
    expect(text.match(/<input/g)).toHaveLength(fields.length);
    // Without the script a browser would put the password into the address.
    expect(text).toContain('<form id="login-form" method="post"');
  });
});

describe('the files of the docs page', () => {
  it.each([
    ['docs.js', 'application/javascript'],
    ['login-marks.js', 'application/javascript'],
    ['session.js', 'application/javascript'],
    ['swagger-ui-bundle.js', 'application/javascript'],
    ['docs.css', 'text/css'],
    ['swagger-ui.css', 'text/css'],
    ['emporium.svg', 'image/svg+xml'],
  ])('include %s', async (name, type) => {
    const file = await app.api.get(`/docs/${name}`);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toContain(type);
    const again = await app.api.get(`/docs/${name}`, {
      // Without a word on caching, fetch would add no-cache.
      headers: { 'if-none-match': file.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
  });

  it.each([
    'package.json',
    'tsconfig.json',
    'swagger-ui-bundle.js.map',
    'index.html',
    'swagger-initializer.js',
  ])('do not include %s', async (name) => {
    expectProblem(await app.api.get(`/docs/${name}`), 404, 'not_found');
  });
});

describe('a login on the docs page', () => {
  let clock: number;
  let stored: Map<string, string>;
  let messages: (string | undefined)[];
  let calls: string[];
  let session: PageSession;

  /** The session of the page in a tab, which keeps its storage when the page is loaded again. */
  function loadPage(url = app.url): PageSession {
    return new Session({
      call: (path: string, init: RequestInit) => {
        calls.push(`${init.method ?? ''} ${path}`);
        return fetch(new URL(path, `${url}/`), init);
      },
      storage: {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => stored.set(key, value),
        removeItem: (key: string) => stored.delete(key),
      },
      onChange: (message?: string) => messages.push(message),
      now: () => clock,
    });
  }

  const statusOf = async (token: string | undefined) => (await app.api.as(token ?? '').get('/me')).status;

  beforeEach(() => {
    clock = 0;
    stored = new Map();
    messages = [];
    calls = [];
    session = loadPage();
  });

  it('creates an account, and says whose it is', async () => {
    const email = `${unique('ada')}@example.com`;
    await session.register(email, PASSWORD);
    expect(session.user).toEqual({ email, role: 'user' });
    expect(await statusOf(session.accessToken)).toBe(200);
    expect(calls).toEqual(['POST register', 'POST login', 'GET me']);
  });

  it('tells in words what is wrong', async () => {
    const email = `${unique('ada')}@example.com`;
    await expect(session.logIn(email, PASSWORD)).rejects.toThrow(
      'The e-mail address or the password is wrong.',
    );
    await expect(session.register('nobody', 'short')).rejects.toThrow(/^E-mail: .+\. Password: .+\.$/);
    await session.register(email, PASSWORD);
    await expect(loadPage().register(email, PASSWORD)).rejects.toThrow(SessionError);
    await expect(loadPage('http://127.0.0.1:1').logIn(email, PASSWORD)).rejects.toThrow(
      'The server cannot be reached. Is it running?',
    );
  });

  it('lasts when the page is loaded again, and ends with the session', async () => {
    await session.register(`${unique('ada')}@example.com`, PASSWORD);
    const again = loadPage();
    await again.resume();
    expect(again.user).toEqual(session.user);

    const token = again.accessToken;
    await again.logOut();
    expect([again.user, again.accessToken, again.refreshToken, stored.size]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ]);
    expect(messages.at(-1)).toBe('You are logged out.');
    expect(await statusOf(token)).toBe(401);

    await session.observe('items', 401);
    expect(session.user).toBeUndefined();
    expect(messages.at(-1)).toBe('Your session has ended. Log in again.');
  });

  it('starts without one where the storage holds something else', async () => {
    stored.set('emporium.session', '{');
    await session.resume();
    expect([session.user, stored.size]).toEqual([undefined, 0]);
  });

  it('renews the access token once before it expires, and no other token', async () => {
    await session.register(`${unique('ada')}@example.com`, PASSWORD);
    const { accessToken, refreshToken } = session;
    expect(await session.renewed(accessToken)).toBe(accessToken);

    clock += 880_000;
    expect(await session.renewed('pasted')).toBe('pasted');
    const renewed = await Promise.all([session.renewed(accessToken), session.renewed(accessToken)]);
    expect(renewed).toEqual([session.accessToken, session.accessToken]);
    expect(session.accessToken).not.toBe(accessToken);
    expect(session.refreshToken).not.toBe(refreshToken);
    expect(calls.filter((call) => call === 'POST refresh')).toHaveLength(1);
    expect(await statusOf(session.accessToken)).toBe(200);
  });

  it('follows what is tried on the page', async () => {
    const email = `${unique('ada')}@example.com`;
    await app.api.post('/register', { email, password: PASSWORD });
    const login = await app.api.post('/login', { email, password: PASSWORD });
    await session.observe('login', 200, login.body);
    expect(session.user).toEqual({ email, role: 'user' });

    const refresh = await app.api.as(session.refreshToken ?? '').post('/refresh');
    await session.observe('refresh', 200, refresh.body);
    expect(session.refreshToken).toBe(refresh.body.refresh_token);

    await session.observe('me', 200, { email: 'new@example.com', role: 'admin' });
    expect(session.user).toEqual({ email: 'new@example.com', role: 'admin' });
    await session.observe('login', 401, {});
    expect(session.user).toEqual({ email, role: 'user' });
    await session.observe('logout', 204);
    expect([session.user, session.accessToken]).toEqual([undefined, undefined]);
  });
});

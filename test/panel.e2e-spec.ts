import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { findPanel } from '../src/panel/panel-files';
import { startApp, type TestApp } from './support/app';
import { expectProblem } from './support/expect-problem';
import { temporaryDirectory } from './support/process';

const FOLDER = path.join(__dirname, '..', 'dist', 'admin');
const built = (file: string) => readFileSync(path.join(FOLDER, file));
const filesIn = (folder: string) =>
  readdirSync(path.join(FOLDER, folder)).filter((file) => !/\.(br|gz)$/.test(file));

let app: TestApp;
/** The path of the script that the page loads. */
let script: string;

beforeAll(async () => {
  if (!existsSync(FOLDER)) throw new Error('The panel is not built. Run: npm run build');
  app = await startApp();
  const [, address = ''] = /<script[^>]* src="([^"]+)"/.exec(built('index.html').toString()) ?? [];
  script = new URL(address, 'http://localhost/admin/').pathname;
});
afterAll(() => app.close());

/** Unlike `fetch`, it sends a path as it is given, and leaves a body as it was sent. */
async function read(url: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(app.url, { path: url, headers }, resolve).on('error', reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe('GET /admin/', () => {
  it('is the page of the panel, with all that it needs from this server', async () => {
    const page = await app.api.get('/admin/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).toBe(built('index.html').toString());
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) {
      // So that a proxy may add a path.
      expect(address).toMatch(/^\.\//);
      const { pathname } = new URL(address, `${app.url}/admin/`);
      expect([pathname, (await app.api.get(pathname)).status]).toEqual([pathname, 200]);
    }
  });

  it('allows nothing from elsewhere, no inline script and no frame around it', async () => {
    const page = await app.api.get('/admin/');
    expect(page.headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "font-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
  });

  it('is asked for each time, and sent only if it is another one', async () => {
    const page = await read('/admin/');
    expect(page.headers['cache-control']).toBe('no-cache');
    const etag = page.headers.etag ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const known = await read('/admin/', { 'if-none-match': `"other", ${etag}` });
    expect(known).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    expect(known.headers).toMatchObject({ etag, 'cache-control': 'no-cache' });
    expect((await read('/admin/', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is the same for every query, which is for the script', async () => {
    expect((await app.api.get('/admin/?lang=de')).status).toBe(200);
  });
});

describe('the files of the panel', () => {
  it('are all that the build has written, and no others', async () => {
    const names = [
      ...filesIn('.').filter((file) => file !== 'assets'),
      ...filesIn('assets').map((file) => `assets/${file}`),
    ];
    expect(names).toEqual(expect.arrayContaining(['emporium.svg', 'index.html', 'licences.md']));
    for (const name of names.filter((each) => each !== 'index.html')) {
      const { status, body } = await read(`/admin/${name}`);
      expect([name, status, body.equals(built(name))]).toEqual([name, 200, true]);
    }
  });

  it.each(['index.html', 'licences.md.br', 'licences.md.gz', 'assets', 'assets/', 'assets/nothing.js'])(
    'do not include %s',
    async (name) => {
      expectProblem(await app.api.get(`/admin/${name}`), 404, 'not_found');
    },
  );

  it.each([
    '/admin/assets/../../main.js',
    '/admin/..%2fmain.js',
    '/admin/%2e%2e/main.js',
    '/admin//emporium.svg',
    '/admin/./emporium.svg',
    '/admin/emporium.svg/',
    '/admin/Emporium.svg',
    '/admin/users',
    '/Admin',
    '/administration',
  ])('are not found by %s', async (url) => {
    expect((await read(url)).status).toBe(404);
  });

  it('are not found by the names of their compressed forms', async () => {
    for (const ending of ['.br', '.gz']) expect((await read(script + ending)).status).toBe(404);
  });

  it('are kept for ever if their names have a hash', async () => {
    expect((await read(script)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const name of ['emporium.svg', 'licences.md'])
      expect((await read(`/admin/${name}`)).headers['cache-control']).toBe('no-cache');
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['br;q=0.5, gzip', 'gzip', gunzipSync],
    ['gzip', 'gzip', gunzipSync],
  ])('are sent compressed to who accepts %s', async (accepted, encoding, decompress) => {
    const { headers, body } = await read(script, { 'accept-encoding': accepted });
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      'content-length': String(body.length),
      vary: 'accept-encoding',
    });
    expect(headers['content-type']).toMatch(/^(text|application)\/javascript\b/);
    expect(decompress(body).equals(built(script.replace('/admin/', '')))).toBe(true);
    expect(body.length).toBeLessThan(built(script.replace('/admin/', '')).length / 2);
  });

  it.each([{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'br;q=0, gzip;q=0' }])(
    'are sent as they are with %j',
    async (accepted) => {
      const { headers, body } = await read(script, accepted);
      expect(headers).not.toHaveProperty('content-encoding');
      expect(headers.vary).toBe('accept-encoding');
      expect(body.equals(built(script.replace('/admin/', '')))).toBe(true);
    },
  );

  it('are not sent again to who has them', async () => {
    for (const accepted of ['identity', 'br', 'gzip']) {
      const { headers } = await read(script, { 'accept-encoding': accepted });
      const known = await read(script, {
        'accept-encoding': accepted,
        'if-none-match': headers.etag ?? '',
      });
      expect(known).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    }
  });

  it('can run nothing of their own when they are opened as a page', async () => {
    const { headers } = await read('/admin/emporium.svg');
    expect(headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
  });
});

describe('the methods of the panel', () => {
  it('include HEAD', async () => {
    for (const url of ['/admin/', script]) {
      const [head, get] = [await app.api.call('HEAD', url), await app.api.get(url)];
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['content-type', 'cache-control', 'etag'])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('do not include %s', async (method) => {
    for (const url of ['/admin', '/admin/', script]) {
      const answer = await app.api.call(method, url);
      expectProblem(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    }
    expectProblem(await app.api.call(method, '/admin/nothing'), 404, 'not_found');
  });
});

describe('the way to the panel', () => {
  it.each(['GET', 'HEAD'])('begins at /admin too, with %s', async (method) => {
    const answer = await app.api.call(method, '/admin');
    expect([answer.status, answer.text]).toEqual([308, '']);
    expect(answer.headers.get('location')).toBe('/admin/');
    // The path of PUBLIC_URL can change.
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  });

  it('is below the path of PUBLIC_URL', async () => {
    const behind = await startApp({ PUBLIC_URL: 'https://shop.example/api' });
    expect((await behind.api.get('/admin')).headers.get('location')).toBe('/api/admin/');
    expect((await behind.api.get('/admin/')).text).toBe(built('index.html').toString());
    await behind.close();
  });

  it.each(['/docs', '/docs/'])('is on the page %s', async (url) => {
    const { text } = await app.api.get(url);
    const [, address = ''] = /<a href="([^"]+)">Admin panel<\/a>/.exec(text) ?? [];
    expect(new URL(address, app.url + url).pathname).toBe('/admin/');
  });
});

describe('findPanel', () => {
  it('finds nothing where only the program is built', async () => {
    const { path: folder, remove } = await temporaryDirectory();
    expect(findPanel(path.join(folder, 'nothing'))).toBeUndefined();
    expect(findPanel(folder)).toBeUndefined();
    await remove();
  });

  it('finds files in folders, and their compressed forms only as such', async () => {
    const { path: folder, remove } = await temporaryDirectory();
    await mkdir(path.join(folder, 'assets', 'fonts'), { recursive: true });
    await cp(path.join(FOLDER, 'index.html'), path.join(folder, 'index.html'));
    for (const file of ['a.svg', 'a.svg.br', 'assets/b.js', 'assets/b.js.gz', 'assets/fonts/c.woff2'])
      await writeFile(path.join(folder, file), 'x');
    expect(findPanel(folder)?.files.toSorted()).toEqual(['a.svg', 'assets/b.js', 'assets/fonts/c.woff2']);
    await remove();
  });
});

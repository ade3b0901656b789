import fastify, { type FastifyInstance } from 'fastify';
import fc from 'fast-check';
import { KnownPaths } from './known-paths';

let server: FastifyInstance;
let paths: KnownPaths;

beforeAll(async () => {
  server = fastify();
  paths = new KnownPaths(server, { '/files/*': ['page.css', 'page.js'] });
  const handler = () => 'found';
  server.get('/', handler);
  server.get('/items', handler);
  server.post('/items', handler);
  server.get('/items/:id', handler);
  server.delete('/items/:item_id', handler);
  server.delete('/items/:item_id/tags/:tag_id', handler);
  server.get('/items/export', handler);
  server.get('/.well-known/jwks.json', handler);
  server.get('/docs/*', handler);
  server.get('/files/*', handler);
  server.get('/user/:id', { config: { loopback: true } }, handler);
  server.get('/user/all', handler);
  await server.ready();
});
afterAll(() => server.close());

describe('find', () => {
  it.each([
    ['/', ['GET', 'HEAD', 'OPTIONS']],
    ['/items', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ['/items/1', ['DELETE', 'GET', 'HEAD', 'OPTIONS']],
    ['/items/x%2Fy', ['DELETE', 'GET', 'HEAD', 'OPTIONS']],
    ['/%69tems', ['GET', 'HEAD', 'OPTIONS', 'POST']],
    ['/items/1/tags/2', ['DELETE', 'OPTIONS']],
    ['/.well-known/jwks.json', ['GET', 'HEAD', 'OPTIONS']],
    ['/docs/a/b.css', ['GET', 'HEAD', 'OPTIONS']],
    ['/files/page.css', ['GET', 'HEAD', 'OPTIONS']],
    ['/files/%70age.js', ['GET', 'HEAD', 'OPTIONS']],
    ['/docs/a%0Ab', ['GET', 'HEAD', 'OPTIONS']],
  ])('knows %s', (path, methods) => {
    expect(paths.find(path)?.methods).toEqual(methods);
  });

  it('joins what several routes of one path take', () => {
    expect(paths.find('/items/export')?.methods).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS']);
  });

  it('says which paths are for this machine only', () => {
    expect(paths.find('/user/1')?.loopback).toBe(true);
    expect(paths.find('/%75ser/1')?.loopback).toBe(true);
    expect(paths.find('/user/all')?.loopback).toBe(true);
    expect(paths.find('/items/1')?.loopback).toBe(false);
  });

  it.each([
    '',
    '/item',
    '/itemsx',
    '/items/1/2',
    '/items/1/tags',
    '//items',
    '/Items',
    '/xwell-known/jwks.json',
    '/items/%zz/x',
    '/files/',
    '/files/package.json',
    '/files/page.css/x',
    '/files//page.css',
    '/files/page_css',
  ])('does not know %j', (path) => {
    expect(paths.find(path)).toBeUndefined();
  });

  it('says the same as the router of every path and method', async () => {
    const segment = fc.oneof(
      fc.constantFrom(
        'items',
        'tags',
        '1',
        'export',
        '.well-known',
        'jwks.json',
        'docs',
        '%69tems',
        '%2F',
        'a%2Fb',
        '%25',
        '%0A',
        '%41',
        '%C3%A4',
      ),
      // The router alone takes an empty segment for a parameter; Nest refuses it.
      fc.webSegment({ size: '-1' }).filter((text) => text !== '' && !/^\.+$/.test(text)),
    );
    const path = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((segments) => `/${segments.join('/')}`);
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'PUT'), async (url, method) => {
        const { statusCode } = await server.inject({
          method: method as 'GET',
          url: url,
        });
        expect(paths.find(url)?.methods.includes(method) ?? false).toBe(statusCode === 200);
      }),
      { numRuns: 300 },
    );
  });
});

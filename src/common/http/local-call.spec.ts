import { type FastifyRequest } from 'fastify';
import { isLocalCall } from './local-call';

function call(
  headers: Record<string, string>,
  {
    remoteAddress = '127.0.0.1',
    originalUrl = '/user/1',
    moreHeaders = [] as string[],
    httpVersion = '1.1',
  } = {},
): boolean {
  const rawHeaders = [...Object.entries(headers).flat(), ...moreHeaders];
  const raw = { headers, rawHeaders, httpVersion, socket: { remoteAddress } };
  return isLocalCall({ raw, originalUrl } as unknown as FastifyRequest);
}

describe('isLocalCall', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:3000',
    '127.8.9.10',
    '[::1]',
    '[::1]:80',
  ])('takes a call to %s', (host) => {
    expect(call({ host })).toBe(true);
    expect(call({ host, origin: `http://${host}` })).toBe(true);
  });

  it.each([
    '',
    'example.com',
    '192.168.0.1',
    '10.0.0.1:3000',
    '0.0.0.0',
    '[::]',
    '::1',
    '[::ffff:10.0.0.1]',
    'localhost.example.com',
    '127.0.0.1.example.com',
    'localhost:3000.example.com',
    'example.com:localhost',
    'notlocalhost',
    'localhost:x',
    '127.0.0.1,example.com',
    'localhost@example.com',
  ])('takes no call to %j', (host) => {
    expect(call({ host })).toBe(false);
  });

  it('takes no call without a host', () => {
    expect(call({})).toBe(false);
  });

  it.each([
    'http://example.com',
    'http://localhost',
    'http://localhost:3001',
    'https://localhost:3000',
    'http://127.0.0.1:3000',
    'http://localhost:3000/',
    'http://localhost:3000.example.com',
    'null',
    '',
  ])('takes no call from a page of another origin: %j', (origin) => {
    expect(call({ host: 'localhost:3000', origin })).toBe(false);
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('takes a call from %s', (address) => {
    expect(call({ host: 'localhost' }, { remoteAddress: address })).toBe(true);
  });

  it.each(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '1127.0.0.1', ''])(
    'takes no call from "%s"',
    (address) => {
      expect(call({ host: 'localhost' }, { remoteAddress: address })).toBe(false);
    },
  );

  it.each(['none', 'same-origin'])('takes a call that a browser makes for this site: %s', (site) => {
    expect(call({ host: 'localhost', 'sec-fetch-site': site })).toBe(true);
  });

  it.each(['cross-site', 'same-site'])('takes no call of another site, without an origin too: %s', (site) => {
    expect(call({ host: 'localhost', 'sec-fetch-site': site })).toBe(false);
  });

  it.each(['Host', 'host', 'HOST'])('takes no call with a second name in another %s', (name) => {
    for (const value of ['example.com', 'localhost']) {
      expect(call({ host: 'localhost' }, { moreHeaders: [name, value] })).toBe(false);
    }
    expect(call({ host: 'localhost' }, { moreHeaders: ['X-Note', name] })).toBe(true);
  });

  it.each(['http://example.com/user/1', 'http://localhost/user/1', '*'])(
    'takes no call with another name in its target: %s',
    (originalUrl) => {
      expect(call({ host: 'localhost' }, { originalUrl })).toBe(false);
    },
  );

  it.each([
    ['forwarded', 'for=192.0.2.1'],
    ['via', '1.1 proxy'],
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-host', 'localhost'],
    ['x-forwarded-proto', ''],
    ['x-real-ip', '192.0.2.1'],
  ])('takes no call through a proxy that sends %s', (name, value) => {
    expect(call({ host: 'localhost', [name]: value })).toBe(false);
  });

  it('takes no call in HTTP/1.0, which nginx speaks unless told otherwise', () => {
    expect(call({ host: 'localhost' }, { httpVersion: '1.0' })).toBe(false);
  });
});

import { type HttpApiEvent } from './events';
import { requestOf } from './request-of';

const GATEWAY = 'abc.execute-api.eu-central-1.amazonaws.com';

function event(rawPath: string, domainName: string, headers: Record<string, string> = {}): HttpApiEvent {
  const http = { method: 'GET', sourceIp: '203.0.113.7' };
  return {
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers,
    requestContext: { stage: 'items', domainName, http },
  };
}

it.each([
  ['/items/items/5', GATEWAY, '', '/items/5'],
  ['/items', GATEWAY, '', '/'],
  // A custom domain has no stage in its paths.
  ['/items/5', 'shop.example', '', '/items/5'],
  ['/api/items/5', 'shop.example', '/api', '/items/5'],
  ['/apian', 'shop.example', '/api', '/apian'],
  ['/a b?c#d/ä', 'shop.example', '', '/a%20b%3Fc%23d/%C3%A4'],
  ['/\ud800', 'shop.example', '', '/%EF%BF%BD'],
])('routes %s of %s with the public path "%s" to %s', (path, domain, publicPath, target) => {
  expect(requestOf(event(path, domain), publicPath).target).toBe(target);
});

it('leaves out what belongs to the connection, and what a client says about addresses behind the gateway', () => {
  const headers = {
    connection: 'close',
    'x-forwarded-for': '192.0.2.1, 203.0.113.7, 192.0.2.2',
    accept: '*/*',
  };
  const request = requestOf(event('/', 'shop.example', headers), '');
  expect(request).toMatchObject({ peer: '203.0.113.7', encrypted: true });
  expect(request.headers).toEqual(['accept', '*/*', 'x-forwarded-for', '192.0.2.1', 'content-length', '0']);
});

import { type IncomingMessage } from 'node:http';
import { faultOfHead } from './request-headers';

function faultOf(rawHeaders: string[], httpVersion = '1.1'): string | undefined {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers[rawHeaders[index]?.toLowerCase() ?? ''] ??= rawHeaders[index + 1] ?? '';
  return faultOfHead({ rawHeaders, headers, httpVersion } as unknown as IncomingMessage);
}

describe('faultOfHead', () => {
  it.each([
    'localhost',
    'shop.example:8080',
    'my_service',
    '127.0.0.1:3000',
    '[::1]',
    '[2001:db8::1]:443',
    'xn--bcher-kva.example',
    'a.example.',
    'a.example:',
    '',
  ])('takes the host %j', (host) => {
    expect(faultOf(['Host', host])).toBeUndefined();
  });

  it.each([
    'a b',
    'a/b',
    'user@a.example',
    'a.example, b.example',
    'a.example:port',
    'a:1:2',
    '::1',
    '[::1',
    'http://a.example',
    'bücher.example',
  ])('refuses the host %j', (host) => {
    expect(faultOf(['Host', host])).toMatch(/^The header Host must be a host name/);
  });

  it.each(['Host', 'host', 'Authorization', 'Content-Type'])('refuses a second %s', (name) => {
    const headers = ['Host', 'a', 'Authorization', 'Bearer x', 'Content-Type', 'text/plain', name, 'a'];
    expect(faultOf(headers)).toMatch(new RegExp(`^The header ${name} must be sent only once`, 'i'));
  });

  it('takes a second one of a list', () => {
    expect(
      faultOf(['Host', 'a', 'Accept', 'x/y', 'Accept', 'x/z', 'Via', '1.1 a', 'Via', '1.1 b']),
    ).toBeUndefined();
  });

  it('wants a host of HTTP/1.1 only', () => {
    expect(faultOf([])).toBe('The header Host is missing.');
    expect(faultOf([], '1.0')).toBeUndefined();
  });
});

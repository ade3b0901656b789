import fc from 'fast-check';
import { bareAddress } from './peer-address';

describe('bareAddress', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:17085', '203.0.113.7'],
    ['"203.0.113.7:17085"', '203.0.113.7'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['"[2001:db8::1]"', '2001:db8::1'],
    ['2001:DB8::1', '2001:DB8::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['[fe80::1%eth0]:443', 'fe80::1%eth0'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['unknown', 'unknown'],
    ['', ''],
  ])('takes %j for %s', (ip, bare) => {
    expect(bareAddress(ip)).toBe(bare);
  });

  it('is the same for an address with any port, in quotes or not', () => {
    const ipv6 = fc.ipV6().filter((ip) => !ip.startsWith('::ffff:'));
    fc.assert(
      fc.property(fc.ipV4(), ipv6, fc.nat(65_535), (four, six, port) => {
        for (const ip of [four, `${four}:${port}`]) expect(bareAddress(ip)).toBe(four);
        const bare = bareAddress(six);
        for (const ip of [`[${six}]`, `[${six}]:${port}`]) {
          expect([bareAddress(ip), bareAddress(`"${ip}"`)]).toEqual([bare, bare]);
        }
      }),
    );
  });

  it('is never longer than an address', () => {
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => bareAddress(text).length <= 64));
  });
});

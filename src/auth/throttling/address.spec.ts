import { addressOf } from './address';

describe('addressOf', () => {
  it.each(['203.0.113.7', '0.0.0.0', '255.255.255.255', '127.0.0.1'])('takes %s as it is', (ip) => {
    expect(addressOf(ip)).toBe(ip);
  });

  it.each([
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['0000:0000:0000:0000:0000:ffff:cb00:7107', '203.0.113.7'],
  ])('takes %s for the IPv4 address that it is', (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::0001', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['2001::1', '2001:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1:2:3:4:5:6', '0:0:1:2::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
  ])('takes %s by its /64', (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8:1:2::1', '2001:db8:1::1'],
    ['203.0.113.7', '203.0.113.8'],
    ['::ffff:203.0.113.7', '::ffff:203.0.113.8'],
    ['::203.0.113.7', '203.0.113.7'],
  ])('tells %s from %s', (one, other) => {
    expect(addressOf(one)).not.toBe(addressOf(other));
  });

  it.each([
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::2%25wlan0', 'fe80:0:0:0::/64'],
    ['fe80::1%', 'fe80:0:0:0::/64'],
    ['203.0.113.7%eth0', '203.0.113.7'],
  ])('leaves out the zone of %s', (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each([
    ['203.0.113.7:443', '203.0.113.7'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['[fe80::1%eth0]:443', 'fe80:0:0:0::/64'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['"[2001:db8:1:2::1]:443"', '2001:db8:1:2::/64'],
    ['"203.0.113.7"', '203.0.113.7'],
  ])('leaves out the quotes, the brackets and the port that some proxies write, as in %s', (ip, address) => {
    expect(addressOf(ip)).toBe(address);
  });

  it.each(['unknown', '_hidden', '', '%', '1.2.3.4.5', ':::', '2001:db8::1::2', "'; DROP TABLE users", '☃'])(
    'has one key for the garbage "%s" too',
    (ip) => {
      const address = addressOf(ip);
      expect(addressOf(ip)).toBe(address);
      expect(address).toBe(ip.split('%')[0]);
    },
  );

  it('keeps no key longer than any address', () => {
    expect(addressOf('x'.repeat(10_000))).toHaveLength(64);
    expect(addressOf(`1${':0'.repeat(5000)}`).length).toBeLessThanOrEqual(64);
  });
});

import { BlockList, isIPv6, SocketAddress } from 'node:net';

const MAPPED = new BlockList();
MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6');

const LONGEST = 64;

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.
 *
 * @param ip of a peer, as Node or a proxy writes it
 */
export function addressOf(ip: string): string {
  const [bare = ''] = withoutPort(ip.replaceAll('"', '')).split('%', 1);
  // A proxy may report something else than an address; it is a key like any other.
  if (!isIPv6(bare)) return bare.slice(0, LONGEST);
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  if (MAPPED.check(address, 'ipv6')) return address.slice(address.lastIndexOf(':') + 1);
  return `${expand(address).slice(0, 4).join(':')}::/64`;
}

/** Some proxies report `192.0.2.1:443` and `"[2001:db8::1]:443"`. */
function withoutPort(ip: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1] ?? ip;
}

/** The eight groups of an IPv6 address in its canonical text. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

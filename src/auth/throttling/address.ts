import { isIPv6, SocketAddress } from 'node:net';
import { bareAddress, withoutZone } from '../../common/http/peer-address';

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.
 *
 * @param ip of a peer, as Node or a proxy writes it
 */
export function addressOf(ip: string): string {
  const bare = withoutZone(bareAddress(ip));
  // A proxy may report something else than an address; it is a key like any other.
  if (!isIPv6(bare)) return bare;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  return `${expand(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address in its canonical text. */
function expand(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

import { isIPv6, SocketAddress } from 'node:net';
import { bareAddress, withoutZone } from '../../common/http/peer-address';

/**
 * The address that is counted: an IPv4 address, or the /64 network of an IPv6 address, because one customer usually
 * gets a /64.
 *
 * @param ip the address of the peer, from Node or a proxy
 */
export function addressOf(ip: string): string {
  const bare = withoutZone(bareAddress(ip));
  // A proxy may send a text that is not an address. It is used as it is.
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

import { BlockList, isIPv6, SocketAddress } from 'node:net';

const MAPPED = new BlockList();
MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Longer than the text of any address. It limits what a proxy may send. */
const LONGEST = 64;

/**
 * The address of a peer, without the quotes, brackets and port that some proxies write, as in `"[2001:db8::1]:443"`. An
 * IPv4-mapped IPv6 address becomes an IPv4 address.
 *
 * @param ip the address, from Node or a proxy
 */
export function bareAddress(ip: string): string {
  const unquoted = ip.replaceAll('"', '').trim();
  const address =
    /^\[([^\]]*)\](?::\d+)?$/.exec(unquoted)?.[1] ?? /^([\d.]+):\d+$/.exec(unquoted)?.[1] ?? unquoted;
  return mappedIPv4(address) ?? address.slice(0, LONGEST);
}

function mappedIPv4(text: string): string | undefined {
  if (!isIPv6(text)) return undefined;
  const { address } = new SocketAddress({ address: withoutZone(text), family: 'ipv6' });
  return MAPPED.check(address, 'ipv6') ? address.slice(address.lastIndexOf(':') + 1) : undefined;
}

/** Removes the zone: `fe80::1%eth0` becomes `fe80::1`. */
export function withoutZone(address: string): string {
  return address.split('%', 1)[0] ?? '';
}

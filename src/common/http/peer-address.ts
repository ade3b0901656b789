import { BlockList, isIPv6, SocketAddress } from 'node:net';

const MAPPED = new BlockList();
MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6');

/** More than the text of any address has. A proxy may report anything. */
const LONGEST = 64;

/**
 * The address of a peer and nothing else: without the quotes, the brackets and the port that some proxies write, as in
 * `"[2001:db8::1]:443"`. An IPv4 address that was mapped into IPv6 is an IPv4 address again.
 *
 * @param ip as Node or a proxy writes it
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

/** `fe80::1%eth0` is `fe80::1` on the host's own interface `eth0`. */
export function withoutZone(address: string): string {
  return address.split('%', 1)[0] ?? '';
}

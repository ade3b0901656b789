import { type AddressInfo } from 'node:net';

/** A server could not listen on its address. The message is for an operator. */
export class ListenError extends Error {}

/**
 * Turns an error of the system into a sentence. A defect of the program stays unchanged.
 *
 * @param setting the name of the setting that has the port
 */
export function toListenError(setting: 'PORT' | 'METRICS_PORT', error: unknown): unknown {
  const systemError = error as NodeJS.ErrnoException;
  if (systemError.syscall === undefined) return error;
  return new ListenError(sentenceOf(setting, systemError), { cause: error });
}

/** The URL of a server, from the address that it listens on. */
export function urlOf({ address, family, port }: AddressInfo): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `http://${address === '0.0.0.0' || address === '::' ? 'localhost' : host}:${port}`;
}

function sentenceOf(
  setting: string,
  { code, port, address, message }: NodeJS.ErrnoException & { port?: number; address?: string },
): string {
  if (code === 'EADDRINUSE')
    return `Port ${port ?? ''} of ${address ?? ''} is taken; set ${setting} to another one.`;
  if (code === 'EACCES')
    return `Port ${port ?? ''} may not be used by this user; set ${setting} to another one.`;
  if (code === 'ENOTFOUND') return 'HOST cannot be resolved to an address.';
  if (code === 'EADDRNOTAVAIL') return `HOST ${address ?? ''} is no address of this machine.`;
  return `${setting} cannot be used: ${message}`;
}

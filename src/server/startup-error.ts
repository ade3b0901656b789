import { WorkerError } from './cluster/worker-error';
import { DataDirectoryError } from './data-directory';
import { CommandError } from '../commands/command-error';
import { SettingsError } from '../config/environment';
import { DatabaseConnectionError } from '../database/database-connection-error';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres';
import { DatabaseUnreachableError } from '../database/open-database';
import { DatabaseUnsuitableError } from '../database/server-checks';

const FOR_OPERATORS = [
  CommandError,
  WorkerError,
  DataDirectoryError,
  SettingsError,
  EmbeddedPostgresError,
  DatabaseUnreachableError,
  DatabaseUnsuitableError,
];

/** What a disk, its mount or the rights on it can refuse. */
const FILE_SYSTEM_FAULTS = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR'];

/** Says on standard error why the process cannot go on, and ends it with status 1. */
export function exitWithReason(error: unknown): never {
  process.stderr.write(`emporium: ${reasonOf(error)}\n`);
  process.exit(1);
}

/** A sentence where an operator can mend the cause; the stack where the program is at fault. */
export function reasonOf(error: unknown): string {
  if (FOR_OPERATORS.some((type) => error instanceof type)) return (error as Error).message;
  // It was there a moment ago, when its schema was brought up to date.
  if (error instanceof DatabaseConnectionError) return `The database cannot be used: ${error.message}`;
  const { code, port, address, syscall } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === 'EADDRINUSE')
    return `Port ${port ?? ''} of ${address ?? ''} is taken; set PORT to another one.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be used by this user; set PORT to another one.`;
  if (code === 'ENOTFOUND') return 'HOST cannot be resolved to an address.';
  if (code === 'EADDRNOTAVAIL') return `HOST ${address ?? ''} is no address of this machine.`;
  if (code !== undefined && syscall !== undefined && FILE_SYSTEM_FAULTS.includes(code))
    return `A file cannot be used: ${(error as Error).message}.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

import { WorkerError } from './cluster/worker-error';
import { DataDirectoryError } from './data-directory';
import { ListenError } from './listening';
import { CommandError } from '../commands/command-error';
import { SettingsError } from '../config/environment';
import { DatabaseConnectionError } from '../database/database-connection-error';
import { EmbeddedPostgresError } from '../database/embedded/embedded-postgres';
import { DatabaseUnreachableError, SchemaOutdatedError } from '../database/open-database';
import { DatabaseUnsuitableError } from '../database/server-checks';

const FOR_OPERATORS = [
  CommandError,
  WorkerError,
  DataDirectoryError,
  ListenError,
  SettingsError,
  EmbeddedPostgresError,
  DatabaseUnreachableError,
  DatabaseUnsuitableError,
  SchemaOutdatedError,
];

/** Error codes for a full or read-only disk, and for missing rights. */
const FILE_SYSTEM_FAULTS = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR'];

/** Writes to standard error why the process cannot go on, and ends it with status 1. */
export function exitWithReason(error: unknown): never {
  process.stderr.write(`emporium: ${reasonOf(error)}\n`);
  process.exit(1);
}

/** Returns a sentence if an operator can fix the cause, or the stack if it is a defect of the program. */
export function reasonOf(error: unknown): string {
  if (FOR_OPERATORS.some((type) => error instanceof type)) return (error as Error).message;
  // The migrations have just run, so the connection was lost after them.
  if (error instanceof DatabaseConnectionError) return `The database cannot be used: ${error.message}`;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined && FILE_SYSTEM_FAULTS.includes(code))
    return `A file cannot be used: ${(error as Error).message}.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

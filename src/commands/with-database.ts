import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { type Environment, loadEnvironment } from '../config/environment';
import { findCluster } from '../database/embedded/cluster';
import { type OpenDatabase, shareDatabase } from '../database/open-database';
import { CommandError } from './command-error';
import { heedSignals, unlessInterrupted } from './interruption';

export interface CommandContext extends OpenDatabase {
  environment: Environment;
  logger: Logger;
}

/**
 * Runs `work` on the database of the settings, after its migrations. A server may run at the same time.
 *
 * @param level the level of the log on standard error
 * @throws CommandError when there is no database yet; Interruption after everything is closed
 */
export async function withDatabase(
  level: 'info' | 'warn',
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const environment = loadEnvironment();
  await requireDatabase(environment);
  const logger = commandLogger(level);
  heedSignals();
  const open = () => shareDatabase(environment, logger);
  // The start of an embedded database is not interrupted, because it must be stopped again. Another database needs no
  // stop.
  const database = await (environment.databaseUrl === undefined ? open() : unlessInterrupted(open));
  try {
    await work({ environment, logger, ...database });
  } finally {
    await database.close();
  }
}

/**
 * Only the server creates an embedded database, because a command in a wrong folder would create a second, empty one.
 *
 * @throws CommandError when there is none
 */
export async function requireDatabase({ databaseUrl, dataDir } = loadEnvironment()): Promise<void> {
  if (databaseUrl !== undefined || (await findCluster(dataDir)) !== undefined) return;
  throw new CommandError(
    `There is no embedded database in ${dataDir}. Run this command in the folder of the server, or set DATA_DIR or ` +
      'DATABASE_URL as for the server. The first start of the server creates the database.',
  );
}

/** It writes to standard error, because standard output is for the result of the command. */
export function commandLogger(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return process.stderr.isTTY
    ? pino(options, pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss' }))
    : pino(options, pino.destination(2));
}

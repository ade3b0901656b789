import 'reflect-metadata';
import { createLogger } from './common/logging';
import { loadEnvironment } from './config/environment';
import { openDatabase } from './database/open-database';
import { serve } from './serve';
import { exitWithReason } from './startup-error';

const USAGE = `emporium <command>

  serve      start the HTTP server
  migrate    bring the database's schema up to date, and exit
`;

/** Runs the pending migrations; the server does the same when it starts. */
async function migrate(): Promise<void> {
  const environment = loadEnvironment();
  const database = await openDatabase(environment, createLogger(environment.logLevel));
  await database.close();
}

const COMMANDS: Readonly<Record<string, () => Promise<void>>> = { serve, migrate };

const [name = '', ...rest] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) && rest.length === 0 ? COMMANDS[name] : undefined;
if (command) {
  command().catch(exitWithReason);
} else {
  const wanted = name === 'help' || name === '--help';
  (wanted ? process.stdout : process.stderr).write(USAGE);
  process.exitCode = wanted ? 0 : 2;
}

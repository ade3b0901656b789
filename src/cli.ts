import './check-node.cjs';
import 'reflect-metadata';
import { Command } from 'commander';
import { addBulkCommands } from './commands/bulk/bulk.commands';
import { Interruption } from './commands/interruption';
import { addKeysCommands } from './commands/keys.commands';
import { addUpgradeCheckCommand } from './commands/upgrade-check.command';
import { addUsersCommands } from './commands/users.commands';
import { version } from './version';

// The modules of a command are loaded when it runs, so that --help does not wait for a database driver.
const program = new Command('emporium')
  .description('The backend for a catalogue of many stores.')
  .version(version());

program
  .command('serve')
  .description('start the HTTP server')
  .action(async () => {
    await (await import('./server/serve.js')).serve();
  });
program
  .command('migrate')
  .description("bring the database's schema up to date, and exit; the server does the same when it starts")
  .action(async () => {
    await (await import('./commands/migrate.action.js')).migrate();
  });
addUpgradeCheckCommand(program);
addUsersCommands(program);
addKeysCommands(program);
addBulkCommands(program);

program.parseAsync().catch(async (error: unknown) => {
  if (error instanceof Interruption) process.exit(error.status);
  (await import('./server/startup-error.js')).exitWithReason(error);
});

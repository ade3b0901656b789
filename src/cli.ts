import 'reflect-metadata';
import { Command } from 'commander';
import { addKeysCommands } from './commands/keys.commands';
import { addUsersCommands } from './commands/users.commands';
import { createLogger } from './common/logging';
import { loadEnvironment } from './config/environment';
import { openDatabase } from './database/open-database';
import { serve } from './serve';
import { exitWithReason } from './startup-error';

const program = new Command('emporium').description('The backend for a catalogue of many stores.');

program.command('serve').description('start the HTTP server').action(serve);
program
  .command('migrate')
  .description("bring the database's schema up to date, and exit; the server does the same when it starts")
  .action(async () => {
    const environment = loadEnvironment();
    const database = await openDatabase(environment, createLogger(environment.logLevel));
    await database.close();
  });
addUsersCommands(program);
addKeysCommands(program);

program.parseAsync().catch(exitWithReason);

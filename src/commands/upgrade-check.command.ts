import { type Command } from 'commander';
import { heedOutput } from './interruption';

/** `emporium upgrade-check`: see docs/operations.md, "Upgrade". */
export function addUpgradeCheckCommand(program: Command): void {
  program
    .command('upgrade-check')
    .description('rehearse the pending migrations on a copy of the database, which is removed again')
    .hook('preAction', heedOutput)
    .action(async () => {
      await (await import('./upgrade-check.action.js')).checkUpgrade();
    });
}

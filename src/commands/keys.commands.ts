import { type Command } from 'commander';
import { heedOutput } from './interruption';
import type * as Keys from './keys.actions';

/** `emporium keys …`: the keys that sign the tokens. The steps of a rotation are in docs/operations.md. */
export function addKeysCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('the keys that sign the tokens')
    .hook('preAction', heedOutput);
  keys
    .command('generate')
    .description('generate a private key, into a file with mode 0600 or to standard output')
    .argument('[file]', 'a file that does not exist yet')
    .action((file?: string) => run((actions) => actions.generate(file)));
  keys
    .command('public')
    .description('show the public key of a private one, for JWT_RETIRED_KEYS_FILE')
    .argument('<file>', 'a private key, PEM')
    .action((file: string) => run((actions) => actions.showPublic(file)));
  keys
    .command('rotate')
    .description(
      'retire the signing key and generate a new one; for a single instance, which must be restarted',
    )
    .action(() => run((actions) => actions.rotate()));
}

/** Loads the code for keys only for a command that needs it. */
async function run(act: (actions: typeof Keys) => Promise<void>): Promise<void> {
  await act(await import('./keys.actions.js'));
}

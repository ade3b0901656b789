import { type Command } from 'commander';
import { heedOutput } from './interruption';
import type * as Users from './users.actions';

/** `emporium users …`: manages accounts, by the rules of the API. */
export function addUsersCommands(program: Command): void {
  const users = program.command('users').description('accounts').hook('preAction', heedOutput);
  const email = ['<email>', 'the address of the account'] as const;

  users
    .command('add')
    .description('create an account; asks for the password, or reads it from standard input')
    .argument(...email)
    .option('--admin', 'make it an admin')
    .action((address: string, { admin }: { admin?: true }) =>
      run((actions) => actions.add(address, admin ? 'admin' : 'user')),
    );
  users
    .command('list')
    .description('show all accounts: id, role, address')
    .action(() => run((actions) => actions.list()));
  users
    .command('promote')
    .description('make a user an admin')
    .argument(...email)
    .action((address: string) => run((actions) => actions.setRole(address, 'admin')));
  users
    .command('demote')
    .description('make an admin a user; the last admin stays')
    .argument(...email)
    .action((address: string) => run((actions) => actions.setRole(address, 'user')));
  users
    .command('remove')
    .description('delete an account that owns no stores; the last admin stays')
    .argument(...email)
    .action((address: string) => run((actions) => actions.remove(address)));
  users
    .command('reset-password')
    .description(
      'give an account a new password, and end its sessions; asks for it, or reads it from standard input',
    )
    .argument(...email)
    .action((address: string) => run((actions) => actions.resetPassword(address)));
}

/** Loads the application only for a command that needs it. */
async function run(act: (actions: typeof Users) => Promise<void>): Promise<void> {
  await act(await import('./users.actions.js'));
}

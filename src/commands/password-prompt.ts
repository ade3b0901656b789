import { text } from 'node:stream/consumers';
import { read } from 'read';
import { CommandError } from './command-error';

/** Asks for a password on the terminal without showing it, twice; elsewhere takes the line on standard input. */
export async function askForPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const ask = (prompt: string) => read({ prompt, silent: true, output: process.stderr });
  const password = await ask('Password: ');
  if (password !== (await ask('Again: '))) throw new CommandError('The two are not the same.');
  return password;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ApiError } from './api';
import { type Product } from './superstore';

export interface ImportOptions {
  /** the compiled command line of Emporium */
  cli: string;
  url: string;
  email: string;
  password: string;
  storeId: number;
}

/**
 * Runs `emporium import` with items on its standard input. Its progress and errors go to standard error.
 *
 * @returns what it says at the end, in one line
 * @throws ApiError when something is not imported
 */
export async function importItems(items: readonly Product[], options: ImportOptions): Promise<string> {
  const { cli, url, email, password, storeId } = options;
  const args = [
    'import',
    '-',
    '--format',
    'ndjson',
    '--store',
    String(storeId),
    '--url',
    url,
    '--email',
    email,
  ];
  const command = spawn(process.execPath, [cli, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, EMPORIUM_PASSWORD: password, EMPORIUM_TOKEN: '' },
  });
  // If it has ended before it has read everything, its exit status says so.
  command.stdin.on('error', () => undefined);
  command.stdin.end(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  const [output] = await Promise.all([text(command.stdout), once(command, 'close')]);
  if (command.exitCode !== 0) throw new ApiError(`The import into store ${storeId} was not completed.`);
  return output.split('\n')[0] ?? '';
}

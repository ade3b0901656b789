import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './root';

export type Driver = 'wrk' | 'autocannon';

export interface LoadRequest {
  path: string;
  body?: string;
  headers?: Readonly<Record<string, string>>;
}

export interface Load {
  url: string;
  method: 'GET' | 'POST' | 'PATCH';
  /** the expected status */
  expected: number;
  token?: string | undefined;
  requests: readonly LoadRequest[];
}

export interface LoadResult {
  requests: number;
  seconds: number;
  /** milliseconds */
  p50: number;
  p99: number;
  wrongStatuses: number;
  brokenConnections: number;
}

export const CONNECTIONS = 32;

/** wrk uses the least CPU time; autocannon is installed by npm. */
export async function chooseDriver(): Promise<Driver> {
  const isThere = await run('wrk', ['--version']).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  );
  return isThere ? 'wrk' : 'autocannon';
}

/** Sends the requests repeatedly from another process, for this many seconds. */
export async function runLoad(
  driver: Driver,
  load: Load,
  seconds: number,
  directory: string,
): Promise<LoadResult> {
  const file = path.join(directory, 'requests');
  const lines = load.requests.map(({ path, body = '', headers = {} }) => {
    const texts = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return `${[path, body, ...texts].join('\t')}\n`;
  });
  await writeFile(file, lines.join(''));
  const args = [file, load.method, String(load.expected), ...(load.token === undefined ? [] : [load.token])];
  const output =
    driver === 'wrk'
      ? await run('wrk', [
          ...['--threads', '1', '--connections', String(CONNECTIONS), '--duration', `${seconds}s`],
          ...['--timeout', '10s', '--script', path.join(ROOT, 'bench', 'load.lua'), load.url, '--', ...args],
        ])
      : await run(process.execPath, [
          path.join(__dirname, 'autocannon-load.js'),
          load.url,
          String(seconds),
          ...args,
        ]);
  const result = output.split('\n').find((line) => line.startsWith('{'));
  if (result === undefined) throw new Error(`${driver} printed no result:\n${output}`);
  return JSON.parse(result) as LoadResult;
}

function run(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code ?? 'a signal'}:\n${output}`));
    });
  });
}

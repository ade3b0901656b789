// Runs the built program on a database of its own.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

/**
 * Starts the program, calls `use` with its URL, and stops it.
 *
 * @param {Record<string, string>} settings environment variables
 */
export async function withProgram(settings, use) {
  const directory = mkdtempSync(path.join(tmpdir(), 'emporium-program-'));
  // The embedded database can have another user.
  chmodSync(directory, 0o755);
  const program = spawn(process.execPath, [path.join(ROOT, 'dist', 'main.js')], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: path.join(directory, 'data'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => program.on('close', resolve));
  try {
    return await use(await addressIn(program.stdout));
  } finally {
    program.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true });
  }
}

async function addressIn(output) {
  let log = '';
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    log += chunk;
    const line = /^\{.*"msg":"listening".*$/m.exec(log)?.[0];
    if (line !== undefined) {
      output.resume();
      return JSON.parse(line).url;
    }
  }
  throw new Error(`The program ended before it listened.\n${log}`);
}

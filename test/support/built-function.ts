import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.join(__dirname, '..', '..');

/** How the parent process tells the workers. */
const VARIABLE = 'EMPORIUM_TEST_FUNCTION';

/**
 * Copies what is deployed as the function into the temporary directory of the run, where it finds no package that it does not
 * have itself. If the program has been built since, the function is built first.
 */
export async function provideFunction(): Promise<void> {
  if (!existsSync(path.join(ROOT, 'dist', '.built-from'))) return;
  const script = path.join(ROOT, 'scripts', 'build-function.mjs');
  await promisify(execFile)(process.execPath, [script, '--if-needed']);
  const folder = path.join(process.env.TMPDIR ?? '', 'function');
  await cp(path.join(ROOT, 'build'), folder, { recursive: true });
  process.env[VARIABLE] = folder;
}

/** The folder of the function. */
export function builtFunction(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error('The program is not built. Run: npm run build');
  return folder;
}

// Writes the folder `build`, which is what is deployed as the function: one file with all code, and what cannot be part of
// it. With --if-needed it takes the program as it is built, and does nothing if it has done so before.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildIfNeeded, STAMP } from './builder.mjs';

const FOLDER = 'build';
const FUNCTION_STAMP = path.join(FOLDER, '.built-from');

/** What the bundle reads while it runs, at the same places as in the program. */
const FILES = [
  'dist/admin',
  'dist/auth/background-worker.cjs',
  'dist/openapi/assets',
  'migrations',
  'LICENSE',
];

const onlyIfNeeded = process.argv.includes('--if-needed');
if (!onlyIfNeeded) buildIfNeeded();
const inputs = hashOfInputs();
if (!onlyIfNeeded || !existsSync(FUNCTION_STAMP) || readFileSync(FUNCTION_STAMP, 'utf8') !== inputs)
  await build();

async function build() {
  // They are loaded here, because the bundler takes longer to load than the check above.
  const { bundle } = await import('./function/bundle.mjs');
  const { copyPackages } = await import('./function/packages.mjs');
  const { licencesOf } = await import('./function/licences.mjs');
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  const bundled = await bundle('dist/lambda.js', path.join(FOLDER, 'dist'));
  for (const file of FILES) cpSync(file, path.join(FOLDER, file), { recursive: true });
  const copied = copyPackages(FOLDER);
  const { name, version, license } = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync(path.join(FOLDER, 'package.json'), `${JSON.stringify({ name, version, license })}\n`);
  writeFileSync(path.join(FOLDER, 'THIRD-PARTY-LICENCES'), licencesOf([...bundled, ...copied]));
  // An interrupted build leaves no stamp.
  writeFileSync(FUNCTION_STAMP, inputs);
}

/** The stamp of the program stands for its sources and packages. */
function hashOfInputs() {
  const hash = createHash('sha256').update(readFileSync(STAMP));
  const folder = path.join('scripts', 'function');
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(path.join(folder, file)));
  return hash.digest('hex');
}

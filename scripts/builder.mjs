// Builds dist, the client with TypeScript, the program with the Nest compiler and the panel with Vite, and stores a hash
// of the inputs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

process.chdir(path.join(import.meta.dirname, '..'));

export const STAMP = 'dist/.built-from';
const RESULTS = ['dist/main.js', 'dist/cli.js', 'dist/client/index.js', 'dist/admin/index.html'];
/** The panel and the command line use the client. */
const INPUT_FOLDERS = ['src', 'admin', 'client/src'];
const OTHER_INPUTS = [
  'client/package.json',
  'client/tsconfig.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
];

// An installation may have only dist, migrations and node_modules.
const hasSources = existsSync('src/main.ts');
const isBuilt = RESULTS.every((file) => existsSync(file));

/** Compares contents, because git checkouts, copies and clocks change file times. */
export function buildIfNeeded() {
  if (isBuilt && (!hasSources || readStamp() === hashOfInputs())) return;
  build({ announce: true });
}

export function build({ announce = false } = {}) {
  if (!hasSources) fail('There is no src folder here to build from.');
  const tools = findTools();
  if (tools === undefined) {
    fail(
      `${isBuilt ? 'The sources have changed since the last build' : 'Emporium is not built yet'}, and the tools to ` +
        'build it are not installed, because npm leaves them out with NODE_ENV=production or --omit=dev. Run:\n\n' +
        '  npm ci --include=dev && npm run build && npm prune --omit=dev\n',
    );
  }
  const inputs = hashOfInputs();
  // An interrupted build leaves no stamp. The compiler writes a file only if its source has changed, so if a part of
  // dist is missing, all of dist is deleted.
  if (existsSync('dist') && !isBuilt) rmSync('dist', { recursive: true });
  rmSync(STAMP, { force: true });
  if (announce) process.stdout.write('Building …\n');
  // First the client: the program is compiled with its types.
  run([tools.typescript, '-p', 'client', '--outDir', 'dist/client', '--emitDeclarationOnly', 'false']);
  run([tools.nest, 'build']);
  run(['scripts/build-panel.mjs'], { NODE_ENV: 'production' });
  writeFileSync(STAMP, inputs);
}

/** Ends this process if the other one fails. */
function run(args, variables) {
  const { status, error } = spawnSync(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Undefined also if only one is missing: they are installed together. */
function findTools() {
  try {
    const require = createRequire(import.meta.url);
    require.resolve('vite/package.json');
    const manifest = require.resolve('@nestjs/cli/package.json');
    return {
      nest: path.join(path.dirname(manifest), require(manifest).bin.nest),
      typescript: require.resolve('typescript/bin/tsc'),
    };
  } catch {
    return undefined;
  }
}

function readStamp() {
  return existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : undefined;
}

function hashOfInputs() {
  const sources = INPUT_FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.spec\.tsx?$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name)),
  );
  const hash = createHash('sha256');
  for (const file of [...sources.sort(), ...OTHER_INPUTS]) {
    hash.update(`${file}\0`).update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

function fail(message) {
  process.stderr.write(`emporium: ${message}\n`);
  process.exit(1);
}

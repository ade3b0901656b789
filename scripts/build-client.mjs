// Builds the package of the client: client/dist, for `import` and for `require`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';

process.chdir(path.join(import.meta.dirname, '..', 'client'));

const FORMATS = { esm: 'dist/index.mjs', cjs: 'dist/index.cjs' };

rmSync('dist', { recursive: true, force: true });
const bundle = await rolldown({ input: 'src/index.ts', external: ['openapi-fetch'], platform: 'neutral' });
for (const [format, file] of Object.entries(FORMATS)) await bundle.write({ format, file });
await bundle.close();

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', '.'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
// Modules of ECMAScript must name the files that they import with their ending.
for (const name of readdirSync('dist').filter((each) => each.endsWith('.d.ts'))) {
  const types = readFileSync(path.join('dist', name), 'utf8');
  writeFileSync(
    path.join('dist', name.replace(/ts$/, 'mts')),
    types.replace(/(from|import\()\s*(['"])(\.\/[a-z]+)\2/g, '$1 $2$3.mjs$2'),
  );
}

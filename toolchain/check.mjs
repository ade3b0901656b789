// Lets foreign tools judge the OpenAPI document and the running program. Ends with status 1 if one of them complains.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { apiDiff } from 'api-smart-diff';
import { withProgram } from '../scripts/with-program.mjs';
import { makePostmanFiles } from './postman.mjs';
import { runChecks } from './run-checks.mjs';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const file = path.join(root, 'client', 'openapi.json');
const document = readJson('client/openapi.json');
const bin = (name) => path.join(import.meta.dirname, 'node_modules', '.bin', name);
const work = mkdtempSync(path.join(tmpdir(), 'emporium-toolchain-'));

const CHECKS = {
  'no breaking change since the last release': checkChanges,
  'the recommended rules of Redocly': lintWithRedocly,
  'the Postman collection is fresh': checkCollection,
  'the code of hey-api compiles under strict': () =>
    compileGenerated('hey-api', bin('openapi-ts'), ['--input', file, '--output', path.join(work, 'hey-api')]),
  'the code of orval compiles under strict': () =>
    compileGenerated('orval', bin('orval'), [
      '--input',
      file,
      '--output',
      path.join(work, 'orval', 'api.ts'),
      '--client',
      'fetch',
    ]),
  'the Postman collection passes with newman': runCollection,
};

await runChecks(CHECKS);
rmSync(work, { recursive: true });

function readJson(name) {
  return JSON.parse(readFileSync(path.join(root, name), 'utf8'));
}

/**
 * toolchain/released.json is the document of the last release. New codes of problems break nothing, because clients are
 * told to go by the status of a code that they do not know.
 */
function checkChanges() {
  const breaking = apiDiff(readJson('toolchain/released.json'), document).filter(
    ({ type, action, path: place }) =>
      type === 'breaking' && !(action === 'add' && place.join(' ').includes(' properties code enum ')),
  );
  if (breaking.length > 0) {
    throw new Error(breaking.map(({ action, path: place }) => `${action} ${place.join(' > ')}`).join('\n'));
  }
}

async function lintWithRedocly() {
  const { stdout } = await run(bin('redocly'), ['lint', file, '--format', 'json'], { maxBuffer: 2 ** 26 });
  const { totals, problems } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  if (totals.errors + totals.warnings > 0) throw new Error(JSON.stringify(problems, null, 2));
}

async function checkCollection() {
  for (const [name, made] of Object.entries(await makePostmanFiles(document))) {
    if (JSON.stringify(readJson(name)) !== JSON.stringify(made))
      throw new Error(`${name} is not what is generated now.`);
  }
}

async function compileGenerated(name, program, args) {
  await run(program, args, { cwd: work, maxBuffer: 2 ** 26 });
  const options = {
    strict: true,
    module: 'preserve',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    noEmit: true,
  };
  const config = path.join(work, `${name}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions: options, include: [name] }));
  await run(process.execPath, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]);
}

async function runCollection() {
  const account = { email: 'admin@example.com', password: randomUUID() };
  await withProgram({ ADMIN_EMAIL: account.email, ADMIN_PASSWORD: account.password }, async (url) => {
    const files = path.join(root, 'docs', 'postman', 'emporium.postman_');
    const variables = { base_url: url, ...account };
    const settings = Object.entries(variables).flatMap(([key, value]) => ['--env-var', `${key}=${value}`]);
    await run(bin('newman'), [
      'run',
      `${files}collection.json`,
      '-e',
      `${files}environment.json`,
      ...settings,
    ]);
  });
}

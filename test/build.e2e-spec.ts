import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDirectory } from './support/process';

const ROOT = path.join(__dirname, '..');

let folder: string;
let remove: () => Promise<void>;

/** In place of the Nest compiler, which takes seconds: it refuses what is not TypeScript, and copies the rest. */
const COMPILER = `
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
mkdirSync('dist', { recursive: true });
for (const file of readdirSync('src')) {
  const source = readFileSync('src/' + file, 'utf8');
  if (source.includes('mistake')) {
    console.error('src/' + file + ' has a mistake');
    process.exit(1);
  }
  writeFileSync('dist/' + file.replace(/ts$/, 'js'), source);
}
`;

/** A small project with the same build script. */
beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  for (const file of ['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(path.join(ROOT, file), path.join(folder, file));
  }
  mkdirSync(path.join(folder, 'scripts'));
  for (const file of ['build.mjs', 'builder.mjs', 'start.mjs']) {
    cpSync(path.join(ROOT, 'scripts', file), path.join(folder, 'scripts', file));
  }
  mkdirSync(path.join(folder, 'src'));
  write('src/main.ts', 'console.log(42);\n');
  write('src/cli.ts', '\n');
});
afterAll(() => remove());

function write(file: string, content: string): void {
  writeFileSync(path.join(folder, file), content);
}

function installTools(): void {
  mkdirSync(path.join(folder, 'node_modules', '@nestjs', 'cli'), { recursive: true });
  write('node_modules/@nestjs/cli/package.json', '{ "bin": { "nest": "nest.js" } }');
  write('node_modules/@nestjs/cli/nest.js', COMPILER);
}

function removeTools(): void {
  rmSync(path.join(folder, 'node_modules'), { recursive: true });
}

function run(script: string, ...options: string[]) {
  const args = [path.join(folder, 'scripts', script), ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const start = () => run('start.mjs');
const BUILT = 'Building …\n';
const COMMANDS = 'npm ci --include=dev && npm run build && npm prune --omit=dev';

/** In this order: each test begins with what the one before has left. */
describe('npm start', () => {
  it('says what to run where nothing is built and the tools are not installed', () => {
    const { status, stdout, stderr } = start();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^emporium: Emporium is not built yet, /);
    expect(stderr).toContain(COMMANDS);
  });

  it('builds what is not built, and does not build it again', () => {
    installTools();
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}42\n`, stderr: '' });
    expect(start()).toEqual({ status: 0, stdout: '42\n', stderr: '' });
  });

  it('looks at contents, not at times and not at unit tests', () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(path.join(folder, 'src', 'main.ts'), tomorrow, tomorrow);
    write('src/main.spec.ts', 'no program');
    expect(start()).toEqual({ status: 0, stdout: '42\n', stderr: '' });
  });

  it('builds changed sources, also when the clock went back', () => {
    write('src/main.ts', 'console.log(43);\n');
    utimesSync(path.join(folder, 'src', 'main.ts'), 0, 0);
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}43\n`, stderr: '' });
  });

  it('builds again when a part of dist is missing', () => {
    rmSync(path.join(folder, 'dist', 'main.js'));
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}43\n`, stderr: '' });
  });

  it('fails with the message of the compiler, and builds again the next time', () => {
    write('src/main.ts', 'mistake;\n');
    for (let round = 0; round < 2; round++) {
      const { status, stdout, stderr } = start();
      expect(status).toBe(1);
      expect(stdout + stderr).toContain('src/main.ts');
    }
    write('src/main.ts', 'console.log(44);\n');
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}44\n`, stderr: '' });
  });

  it('runs what is built without the tools, unless the sources have changed since', () => {
    removeTools();
    expect(start()).toEqual({ status: 0, stdout: '44\n', stderr: '' });
    write('src/cli.ts', 'other;\n');
    const { status, stderr } = start();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^emporium: The sources have changed since the last build, /);
    expect(stderr).toContain(COMMANDS);
  });

  it('runs what is built without the sources', () => {
    rmSync(path.join(folder, 'src'), { recursive: true });
    expect(start()).toEqual({ status: 0, stdout: '44\n', stderr: '' });
  });
});

describe('npm run build', () => {
  it('builds in any case, and cannot without the sources', () => {
    const { status, stderr } = run('build.mjs');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'emporium: There is no src folder here to build from.\n',
    });
  });
});

describe('the check of the Node version', () => {
  const { engines } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };

  function check(version: string) {
    const code = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); require('./src/check-node.cjs');`;
    return spawnSync(process.execPath, ['-e', code], { cwd: ROOT, encoding: 'utf8' });
  }

  it.each(['20.19.0', '20.20.2', '22.12.0', '22.22.3', '23.0.0', '24.0.0', '26.1.0'])(
    'lets %s pass',
    (version) => {
      const { status, stderr } = check(version);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );

  it.each(['14.21.3', '18.20.8', '20.18.9', '21.7.3', '22.11.0'])('refuses %s in one sentence', (version) => {
    const { status, stderr } = check(version);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `emporium: Node 20.19 or later is needed (of Node 22, 22.12 or later); this is Node ${version}.\n`,
    });
  });

  it('asks for what package.json asks for', () => {
    expect(engines.node).toBe('^20.19.0 || >=22.12.0');
  });

  it.each(['dist/main.js', 'dist/cli.js'])('comes before everything else in %s', (file) => {
    const required = /require\("(.*?)"\)/.exec(readFileSync(path.join(ROOT, file), 'utf8'))?.[1];
    expect(required).toBe('./check-node.cjs');
  });
});

describe('npm ci', () => {
  it.each(['20.19.0', '20.20.2', '22.22.3', '24.21.0'])('has no package that refuses Node %s', (version) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { satisfies } = require('semver') as { satisfies: (version: string, range: string) => boolean };
    const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { engines?: { node?: string }; deprecated?: string }>;
    };
    const packages = Object.entries(lock.packages);
    const refusing = packages.filter(([, { engines: asked }]) => !satisfies(version, asked?.node ?? '*'));
    expect(refusing.map(([name]) => name)).toEqual([]);
    expect(packages.filter(([, { deprecated }]) => deprecated).map(([name]) => name)).toEqual([]);
  });
});

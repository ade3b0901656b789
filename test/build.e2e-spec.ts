import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
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

/** In place of Vite: it refuses what is not a panel, and says for what it builds. */
const PANEL_BUILDER = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
export async function build() {
  const source = readFileSync('admin/src/main.tsx', 'utf8');
  if (source.includes('mistake')) throw new Error('admin/src/main.tsx has a mistake');
  mkdirSync('dist/admin/assets', { recursive: true });
  writeFileSync('dist/admin/index.html', source + process.env.NODE_ENV);
  writeFileSync('dist/admin/assets/script.js', source.repeat(100));
}
`;

/** A small project with the same build script. */
beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  for (const file of ['package-lock.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(path.join(ROOT, file), path.join(folder, file));
  }
  mkdirSync(path.join(folder, 'scripts'));
  for (const file of ['build.mjs', 'build-panel.mjs', 'builder.mjs', 'start.mjs']) {
    cpSync(path.join(ROOT, 'scripts', file), path.join(folder, 'scripts', file));
  }
  for (const sources of ['src', 'admin/src', 'client/src'])
    mkdirSync(path.join(folder, sources), { recursive: true });
  write('src/main.ts', 'console.log(42);\n');
  write('src/cli.ts', '\n');
  write('admin/src/main.tsx', 'panel of ');
  write('client/src/index.ts', '\n');
  write('client/package.json', '{}\n');
  write('client/tsconfig.json', '{}\n');
});
afterAll(() => remove());

function write(file: string, content: string): void {
  writeFileSync(path.join(folder, file), content);
}

/** In place of TypeScript, which compiles the client. */
const CLIENT_COMPILER = `
const { mkdirSync, writeFileSync } = require('node:fs');
mkdirSync('dist/client', { recursive: true });
writeFileSync('dist/client/index.js', '');
`;

function installTools(): void {
  mkdirSync(path.join(folder, 'node_modules', 'typescript', 'bin'), { recursive: true });
  write('node_modules/typescript/bin/tsc', CLIENT_COMPILER);
  mkdirSync(path.join(folder, 'node_modules', '@nestjs', 'cli'), { recursive: true });
  write('node_modules/@nestjs/cli/package.json', '{ "bin": { "nest": "nest.js" } }');
  write('node_modules/@nestjs/cli/nest.js', COMPILER);
  mkdirSync(path.join(folder, 'node_modules', 'vite'));
  write(
    'node_modules/vite/package.json',
    '{ "exports": { ".": "./vite.mjs", "./package.json": "./package.json" } }',
  );
  write('node_modules/vite/vite.mjs', PANEL_BUILDER);
}

function removeTools(): void {
  rmSync(path.join(folder, 'node_modules'), { recursive: true });
}

function run(script: string, ...options: string[]) {
  const args = [path.join(folder, 'scripts', script), ...options];
  const env = { ...process.env, NODE_ENV: 'development' };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

const start = () => run('start.mjs');
const panel = (file: string) => readFileSync(path.join(folder, 'dist', 'admin', file));
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

  it('builds the panel for production, also when it serves for development, and compresses its files', () => {
    rmSync(path.join(folder, 'dist', 'admin'), { recursive: true });
    write('src/main.ts', 'console.log(process.env.NODE_ENV);\n');
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}development\n`, stderr: '' });
    expect(panel('index.html').toString()).toBe('panel of production');
    const script = panel('assets/script.js');
    expect(brotliDecompressSync(panel('assets/script.js.br')).equals(script)).toBe(true);
    expect(gunzipSync(panel('assets/script.js.gz')).equals(script)).toBe(true);
    write('src/main.ts', 'console.log(42);\n');
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}42\n`, stderr: '' });
  });

  it.each(['admin/src/main.tsx', 'admin/index.html', 'client/src/index.ts', 'client/package.json'])(
    'builds again when %s has changed',
    (file) => {
      write(file, '{ "panel": "other" }');
      expect(start()).toEqual({ status: 0, stdout: `${BUILT}42\n`, stderr: '' });
      expect(start()).toEqual({ status: 0, stdout: '42\n', stderr: '' });
    },
  );

  it('looks at contents, not at times and not at unit tests', () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(path.join(folder, 'src', 'main.ts'), tomorrow, tomorrow);
    write('src/main.spec.ts', 'no program');
    write('admin/src/main.spec.tsx', 'no panel');
    expect(start()).toEqual({ status: 0, stdout: '42\n', stderr: '' });
  });

  it('builds changed sources, also when the clock went back', () => {
    write('src/main.ts', 'console.log(43);\n');
    utimesSync(path.join(folder, 'src', 'main.ts'), 0, 0);
    expect(start()).toEqual({ status: 0, stdout: `${BUILT}43\n`, stderr: '' });
  });

  it.each(['main.js', 'client/index.js', 'admin/index.html'])(
    'builds again when %s is missing in dist',
    (file) => {
      rmSync(path.join(folder, 'dist', file));
      expect(start()).toEqual({ status: 0, stdout: `${BUILT}43\n`, stderr: '' });
    },
  );

  it('fails with the message of what builds, and builds again the next time', () => {
    write('src/main.ts', 'mistake;\n');
    for (let round = 0; round < 2; round++) {
      const { status, stdout, stderr } = start();
      expect(status).toBe(1);
      expect(stdout + stderr).toContain('src/main.ts');
    }
    write('src/main.ts', 'console.log(44);\n');
    write('admin/src/main.tsx', 'mistake\n');
    for (let round = 0; round < 2; round++) {
      const { status, stderr } = start();
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'emporium: The admin panel cannot be built.\nadmin/src/main.tsx has a mistake\n',
      });
    }
    write('admin/src/main.tsx', 'panel of ');
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

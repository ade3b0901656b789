import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { startApp, type TestApp } from './support/app';
import { createStore, createUser, type TestStore, type TestUser } from './support/factories';

const run = promisify(execFile);
const ROOT = path.join(__dirname, '..');
const MAX_GZIP = 6000;

let app: TestApp;
let owner: TestUser;
let store: TestStore;
/** a program that has installed the package */
let program: string;

beforeAll(async () => {
  app = await startApp();
  owner = await createUser(app);
  store = await createStore(owner);
  await run(process.execPath, [path.join(ROOT, 'scripts', 'build-client.mjs')]);
  program = await mkdtemp(path.join(tmpdir(), 'emporium-client-'));
  const modules = path.join(program, 'node_modules');
  await mkdir(modules);
  await run('npm', ['pack', '--pack-destination', program], { cwd: path.join(ROOT, 'client') });
  const [archive = ''] = (await readdir(program)).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['xzf', archive], { cwd: program });
  await rename(path.join(program, 'package'), path.join(modules, 'emporium-client'));
  for (const dependency of ['openapi-fetch', 'openapi-typescript-helpers']) {
    await symlink(path.join(ROOT, 'node_modules', dependency), path.join(modules, dependency));
  }
});
afterAll(async () => {
  await app.close();
  await rm(program, { recursive: true });
});

const USE = `
  const api = createClient({
    baseUrl: process.argv[2],
    tokens: memoryStore({ access_token: process.argv[3], refresh_token: '' }),
  });
  const run = async () => {
    const item = await api.items.create({ body: { name: 'A chair', price: 2.5, store_id: Number(process.argv[4]) } });
    const taken = api.items.update({ id: item.id, body: { price: -1 }, ifMatch: item });
    const code = await taken.catch((error) => isProblem(error) && error.code);
    const names = [];
    for await (const { name } of api.items.listOfStore({ id: item.store_id })) names.push(name);
    await api.items.delete({ id: item.id, ifMatch: item });
    console.log(JSON.stringify({ price: item.price, code, names }));
  };
  run();
`;

it.each([
  ['import', 'use.mjs', `import { createClient, isProblem, memoryStore } from 'emporium-client';`],
  ['require', 'use.cjs', `const { createClient, isProblem, memoryStore } = require('emporium-client');`],
])('works with %s', async (_kind, file, load) => {
  await writeFile(path.join(program, file), load + USE);
  const args = [file, app.url, owner.accessToken, String(store.id)];
  const { stdout } = await run(process.execPath, args, { cwd: program });
  expect(JSON.parse(stdout)).toEqual({ price: 2.5, code: 'invalid_input', names: ['A chair'] });
});

it('has types for both, which know parameters, bodies, results and codes', async () => {
  const use = `
    import { createClient, isProblem, type ProblemCode } from 'emporium-client';
    const api = createClient({ baseUrl: '' });
    export async function use(): Promise<ProblemCode | undefined> {
      const { rows } = await api.items.list({ sort: '-price', tag_id: [1] });
      const price: number | undefined = rows[0]?.price;
      const name: string = (await api.items.update({ id: 1, body: { price: price ?? 1 }, ifMatch: '"x"' })).name;
      try {
        await api.tags.create({ id: 1, body: { name } });
        for await (const store of api.stores.list()) console.log(store.owner_id.toFixed());
      } catch (error) {
        if (isProblem(error, 'tag_name_taken')) { const code: 'tag_name_taken' = error.code; return code; }
        if (isProblem(error)) return error.code;
      }
      // @ts-expect-error there is no such sort
      await api.items.list({ sort: 'colour' });
      // @ts-expect-error the body is required
      await api.items.create({});
      // @ts-expect-error a store has no price
      (await api.stores.get({ id: 1 })).price;
      // @ts-expect-error there is no such code
      isProblem(undefined, 'no_such_code');
      // @ts-expect-error a login has no version
      await api.auth.login({ body: { email: '', password: '' }, ifMatch: '' });
      return undefined;
    }
  `;
  for (const file of ['types.mts', 'types.cts']) await writeFile(path.join(program, file), use);
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2023'];
  const args = [compiler, ...options, '--lib', 'es2023,dom', '--noEmit', 'types.mts', 'types.cts'];
  const { stdout } = await run(process.execPath, args, { cwd: program }).catch(
    (failure: unknown) => failure as { stdout: string },
  );
  expect(stdout).toBe('');
});

it('is small, with all that it needs', async () => {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({ input: path.join(ROOT, 'client', 'src', 'index.ts'), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const size = gzipSync(output[0].code).length;
  expect(size).toBeGreaterThan(1000);
  expect(size).toBeLessThan(MAX_GZIP);
});

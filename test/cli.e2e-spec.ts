import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, lstat, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Client } from './support/client';
import { createTestDatabase, type TestDatabase, urlOf, withClient } from './support/database';
import { startApp } from './support/app';
import { createAdmin, createStore, createUser, PASSWORD, unique } from './support/factories';
import { EmporiumProcess, temporaryDirectory } from './support/process';
import { writeSigningKey } from './support/signing-key';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await createTestDatabase();
  settings = { DATABASE_URL: urlOf(database.connection), DATA_DIR: directory.path };
  await writeSigningKey(directory.path);
});
afterAll(async () => {
  await database.drop();
  await directory.remove();
});

/** Runs a command with this on its standard input. */
async function emporium(
  args: string[],
  input = '',
  env = settings,
): Promise<{ status: unknown; output: string }> {
  const command = EmporiumProcess.spawn(env, ['dist/cli.js', ...args], input);
  const status = await command.exited;
  return { status, output: command.output };
}

/** Who may give files away. */
const isRoot = process.getuid?.() === 0;

const newEmail = () => `${unique('Op')}@Example.com`;

/** One that nobody can log in to. */
async function addAccount(): Promise<string> {
  const email = newEmail();
  await withClient(database.connection, (client) =>
    client.query(`INSERT INTO users (email, password_hash) VALUES ($1, '')`, [email]),
  );
  return email;
}

async function idOf(email: string): Promise<string> {
  const { rows } = await withClient(database.connection, (client) =>
    client.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email]),
  );
  return String(rows[0]?.id);
}

async function login(api: Client, email: string, password: string): Promise<number> {
  return (await api.post('/login', { email, password })).status;
}

describe('emporium users', () => {
  it('add makes a user or an admin, who can log in, also while registration is closed', async () => {
    const [user, admin] = [newEmail(), newEmail()];
    const closed = { ...settings, REGISTRATION: 'closed' };
    const added = await emporium(['users', 'add', user], `${PASSWORD}\n`, closed);
    expect(added).toEqual({ status: 0, output: `user ${user} created (id ${await idOf(user)})\n` });
    const addedAdmin = await emporium(['users', 'add', '--admin', admin], PASSWORD);
    expect(addedAdmin).toEqual({ status: 0, output: `admin ${admin} created (id ${await idOf(admin)})\n` });
    const { output } = await emporium(['users', 'list']);
    expect(output).toMatch(new RegExp(`^\\d+\tuser\t${user}$`, 'm'));
    expect(output).toMatch(new RegExp(`^\\d+\tadmin\t${admin}$`, 'm'));
    const app = await startApp({}, database.connection);
    try {
      expect(await login(app.api, user, PASSWORD)).toBe(200);
      expect(await login(app.api, admin.toLowerCase(), PASSWORD)).toBe(200);
    } finally {
      await app.close();
    }
  });

  it.each([
    ['a short password', 'ada@example.com', 'short', 'The password must have 8 to 128 characters.'],
    ['a common one', 'ada@example.com', 'password123', 'The password must not be a commonly used password.'],
    ['no address', 'ada', PASSWORD, 'The address must be an e-mail address.'],
  ])('add refuses %s', async (_what, email, password, reason) => {
    expect(await emporium(['users', 'add', email], password)).toEqual({
      status: 1,
      output: `emporium: ${reason}\n`,
    });
  });

  it('add refuses an address that is taken', async () => {
    const email = await addAccount();
    const again = await emporium(['users', 'add', email.toUpperCase()], PASSWORD);
    expect(again).toEqual({ status: 1, output: 'emporium: There is an account with this e-mail address.\n' });
  });

  it('promote, demote, reset-password and remove count at the next request', async () => {
    const app = await startApp({}, database.connection);
    try {
      const user = await createUser(app);
      await createAdmin(app);
      expect((await user.api.get('/users')).status).toBe(403);
      const id = await idOf(user.email);
      expect(await emporium(['users', 'promote', user.email])).toEqual({
        status: 0,
        output: `${user.email} is now an admin (id ${id})\n`,
      });
      expect((await user.api.get('/users')).status).toBe(200);
      expect(await emporium(['users', 'demote', user.email])).toEqual({
        status: 0,
        output: `${user.email} is now a user (id ${id})\n`,
      });
      expect((await user.api.get('/users')).status).toBe(403);

      expect(await emporium(['users', 'reset-password', user.email], 'another fine password\n')).toEqual({
        status: 0,
        output: `password of ${user.email} changed, all sessions ended (id ${id})\n`,
      });
      expect((await user.api.get('/me')).status).toBe(401);
      expect(await login(app.api, user.email, PASSWORD)).toBe(401);
      expect(await login(app.api, user.email, 'another fine password')).toBe(200);

      expect(await emporium(['users', 'remove', user.email])).toEqual({
        status: 0,
        output: `account ${user.email} deleted (id ${id})\n`,
      });
      expect(await login(app.api, user.email, 'another fine password')).toBe(401);
      const owner = await createUser(app);
      const store = await createStore(owner);
      const kept = await emporium(['users', 'remove', owner.email]);
      expect(kept.status).toBe(1);
      expect(kept.output).toMatch(/^emporium: The user still owns a store: /);
      expect(kept.output).toContain(`(id ${store.id})`);
    } finally {
      await app.close();
    }
  });

  it.each(['promote', 'remove', 'reset-password'])('%s says that nobody has the address', async (command) => {
    const nobody = await emporium(['users', command, 'nobody@example.com'], PASSWORD);
    expect(nobody).toEqual({ status: 1, output: 'emporium: There is no such user.\n' });
  });

  it('works beside a server with an embedded database, and keeps the last admin', async () => {
    const data = await temporaryDirectory();
    const env = { DATA_DIR: data.path };
    const server = EmporiumProcess.spawn(env);
    try {
      const api = await server.api();
      const email = newEmail();
      expect((await emporium(['users', 'add', email], PASSWORD, env)).status).toBe(0);
      expect(await login(api, email, PASSWORD)).toBe(200);
      const last = await emporium(['users', 'demote', 'admin@emporium.example'], '', env);
      expect(last).toEqual({ status: 1, output: 'emporium: The last admin must stay.\n' });
      expect((await api.get('/health/ready')).status).toBe(200);
    } finally {
      await server.kill('SIGTERM');
    }
    // Without the server it starts the database for itself, and stops it.
    expect((await emporium(['users', 'list'], '', env)).output).toContain('admin@emporium.example');
    await expect(stat(path.join(data.path, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');
    await data.remove();
  });
});

describe('emporium keys', () => {
  it('generate makes a key of mode 0600, and writes over none', async () => {
    const file = path.join(directory.path, 'new.pem');
    expect(await emporium(['keys', 'generate', file])).toEqual({
      status: 0,
      output: `private key written to ${file}\n`,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const key = await readFile(file, 'utf8');
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect((await emporium(['keys', 'generate', file])).status).toBe(1);
    expect(await readFile(file, 'utf8')).toBe(key);
    expect((await emporium(['keys', 'generate'])).output).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect((await emporium(['keys', 'public', file])).output).toMatch(
      /^-----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\n$/,
    );
  });

  it('rotate keeps every login, until the retired key is removed', async () => {
    const [keyFile, retiredFile] = ['jwt.pem', 'retired.pem'].map((name) =>
      path.join(directory.path, name),
    ) as [string, string];
    const [target, leftover] = [`${keyFile}.1`, `${keyFile}.new`];
    await emporium(['keys', 'generate', target]);
    await symlink(target, keyFile);
    if (isRoot) await chown(target, 12345, 12345);
    await chmod(target, 0o640);
    await writeFile(leftover, '', { mode: 0o644 });
    await writeFile(retiredFile, '');
    const files = { JWT_PRIVATE_KEY_FILE: keyFile, JWT_RETIRED_KEYS_FILE: retiredFile };

    const before = await startApp(files, database.connection);
    const user = await createUser(before);
    expect((await before.api.get('/.well-known/jwks.json')).body.keys).toHaveLength(1);
    await before.close();

    expect(await emporium(['keys', 'rotate'], '', { ...settings, ...files })).toEqual({
      status: 0,
      output: `new private key written to ${keyFile}, old public key added to ${retiredFile}; restart Emporium to use them\n`,
    });
    expect((await lstat(keyFile)).isSymbolicLink()).toBe(true);
    expect((await stat(target)).mode & 0o777).toBe(0o640);
    if (isRoot) expect(await stat(target)).toMatchObject({ uid: 12345, gid: 12345 });
    const after = await startApp(files, database.connection);
    expect((await after.api.as(user.accessToken).get('/me')).status).toBe(200);
    const refreshed = await after.api.as(user.refreshToken).post('/refresh');
    expect(refreshed.status).toBe(200);
    const kids = (await after.api.get('/.well-known/jwks.json')).body.keys.map(
      ({ kid }: { kid: string }) => kid,
    );
    const kidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    expect(kids).toEqual([kidOf(refreshed.body.access_token), kidOf(user.accessToken)]);
    await after.close();

    await writeFile(retiredFile, '');
    const later = await startApp(files, database.connection);
    expect((await later.api.as(user.accessToken).get('/me')).status).toBe(401);
    expect((await later.api.as(refreshed.body.access_token).get('/me')).status).toBe(200);
    await later.close();
  });

  it('rotate knows the generated key too, and says what it needs of others', async () => {
    const data = await temporaryDirectory();
    const env = { ...settings, DATA_DIR: data.path };
    expect(await emporium(['keys', 'rotate'], '', env)).toMatchObject({
      status: 1,
      output: expect.stringMatching(
        /There is no key .*jwt-key\.pem\. Run the command in the folder of the server/,
      ) as string,
    });
    await emporium(['keys', 'generate', path.join(data.path, 'jwt-key.pem')]);
    expect((await emporium(['keys', 'rotate'], '', env)).status).toBe(0);
    expect((await emporium(['keys', 'rotate'], '', env)).status).toBe(0);
    const retired = await readFile(path.join(data.path, 'jwt-retired-keys.pem'), 'utf8');
    expect(retired.match(/BEGIN PUBLIC KEY/g)).toHaveLength(2);
    const app = await startApp({ DATA_DIR: data.path }, database.connection);
    expect((await app.api.get('/.well-known/jwks.json')).body.keys).toHaveLength(3);
    await app.close();

    const JWT_PRIVATE_KEY = await readFile(path.join(directory.path, 'new.pem'), 'utf8');
    const refused = await emporium(['keys', 'rotate'], '', { ...env, JWT_PRIVATE_KEY });
    expect(refused).toMatchObject({
      status: 1,
      output: expect.stringContaining('JWT_PRIVATE_KEY_FILE') as string,
    });
    await data.remove();
  });
});

describe('without a database', () => {
  it.each([
    ['users list', ['users', 'list']],
    ['users add', ['users', 'add', 'ada@example.com']],
    ['users reset-password', ['users', 'reset-password', 'ada@example.com']],
    ['migrate', ['migrate']],
    ['upgrade-check', ['upgrade-check']],
  ])('%s makes none, and says where it looked', async (_what, args) => {
    const DATA_DIR = path.join(directory.path, 'wrong-folder', '.data');
    const { status, output } = await emporium(args, PASSWORD, { DATA_DIR });
    expect(status).toBe(1);
    expect(output).toMatch(/^emporium: There is no embedded database in \S+\. Run this command in [^\n]*\n$/);
    expect(output).toContain(` ${DATA_DIR}. `);
    await expect(stat(path.dirname(DATA_DIR))).rejects.toThrow('ENOENT');
  });

  it('of DATA_DIR, commands on a DATABASE_URL make no folder and no key', async () => {
    const DATA_DIR = path.join(directory.path, 'no-folder');
    expect((await emporium(['users', 'list'], '', { ...settings, DATA_DIR })).status).toBe(0);
    await expect(stat(DATA_DIR)).rejects.toThrow('ENOENT');
  });
});

describe('emporium', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(await readFile(path.join(__dirname, '..', 'package.json'), 'utf8'));
    for (const option of ['--version', '-V'])
      expect(await emporium([option])).toEqual({ status: 0, output: `${version}\n` });
  });

  it('shows what it can do, and refuses what it cannot', async () => {
    expect((await emporium(['--help'])).status).toBe(0);
    expect((await emporium([])).output).toContain('Usage: emporium');
    expect((await emporium(['nonsense'])).status).toBe(1);
    expect((await emporium(['users', 'nonsense'])).status).toBe(1);
  });

  it('ends quietly when nobody reads what it writes', async () => {
    await addAccount();
    const args = ['dist/cli.js', 'users', 'list'];
    const env = { PATH: process.env.PATH, ...settings };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect({ status, stderr }).toEqual({ status: 141, stderr: '' });
  });

  it('says that it waits for the database, and ends at once when it shall', async () => {
    const command = EmporiumProcess.spawn({ ...settings, DATABASE_URL: 'postgres://u@127.0.0.1:1/d' }, [
      'dist/cli.js',
      'users',
      'list',
    ]);
    await command.line('the database does not answer yet');
    const started = Date.now();
    expect(await command.kill('SIGINT')).toBe(130);
    expect(Date.now() - started).toBeLessThan(1000);
    expect(command.output).not.toMatch(/^ +at /m);
  });
});

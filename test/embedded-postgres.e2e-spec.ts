import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { driverOptions } from '../src/database/connection';
import { platformPackage } from '../src/database/embedded/binaries';
import {
  EmbeddedPostgres,
  EmbeddedPostgresError,
  type EmbeddedPostgresOptions,
  type Surroundings,
} from '../src/database/embedded/embedded-postgres';
import { shutDown } from '../src/database/embedded/postmaster';
import { postmasterIn, postmasterOf, signalPostgres } from './support/postmaster';
import { isRunning } from './support/process';

type Connection = EmbeddedPostgres['connection'];
type Report = { connection: Connection; adopted: boolean; error?: never } | { error: string };

const isRoot = process.getuid?.() === 0;
const itAsRoot = isRoot ? it : it.skip;
const itOnLinux = process.platform === 'linux' ? it : it.skip;

const folders: string[] = [];
const servers: EmbeddedPostgres[] = [];
const processes: ChildProcess[] = [];
const logged: string[] = [];
let template: string;
// Shared memory in the cluster's directory is gone with it, even after a SIGKILL.
const SETTINGS = { fsync: 'off', dynamic_shared_memory_type: 'mmap' };

/** A directory of this test's own, that root's database user can enter. */
async function folder(): Promise<string> {
  const created = await mkdtemp(path.join(os.tmpdir(), 'emporium-embedded-'));
  folders.push(created);
  await chmod(created, 0o755);
  return created;
}

/** The same with a database in it: a copy is faster than a first start. */
async function folderWithDatabase(): Promise<string> {
  const dataDir = await folder();
  await promisify(execFile)('cp', ['-a', path.join(template, 'postgres'), dataDir]);
  return dataDir;
}

function optionsFor(dataDir: string): Omit<EmbeddedPostgresOptions, 'log'> {
  return { dataDir, database: 'shop', durable: false, settings: SETTINGS };
}

async function start(dataDir: string, surroundings?: Surroundings, more?: Partial<EmbeddedPostgresOptions>) {
  const log = (message: string) => logged.push(message);
  const server = await EmbeddedPostgres.start({ ...optionsFor(dataDir), log, ...more }, surroundings);
  servers.push(server);
  return server;
}

/** Starts one in a process of its own, and gives what that process reports. */
async function startElsewhere(dataDir: string): Promise<{ child: ChildProcess; report: Report }> {
  const script = path.join(__dirname, 'support', 'embedded-postgres-owner.cjs');
  const child = fork(script, [JSON.stringify(optionsFor(dataDir))], { execArgv: [] });
  processes.push(child);
  const [report] = (await once(child, 'message')) as [Report];
  return { child, report };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function query(connection: Connection, sql: string): Promise<unknown[]> {
  const client = new Client(driverOptions(connection));
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.flat();
  } finally {
    await client.end();
  }
}

/** Of all processes; on Linux. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        // It has ended since.
        return '';
      }
    });
}

async function until(condition: () => boolean | Promise<boolean>, milliseconds: number): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Nothing has come of it within ${milliseconds} ms`);
    await sleep(20);
  }
}

/** Ends a server that a failed test has left, by the process id in its own directory. */
async function endLeftover(cluster: string): Promise<void> {
  const pid = postmasterIn(cluster);
  if (pid === undefined) return;
  signalPostgres([pid], 'SIGQUIT');
  await until(async () => !(await isRunning(pid)), 3000).catch(() => undefined);
}

function clustersIn(directory: string, depth: number): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const inner = path.join(directory, entry.name);
    return entry.name === 'postgres' ? [inner] : depth > 0 ? clustersIn(inner, depth - 1) : [];
  });
}

async function cleanUp(): Promise<void> {
  for (const child of processes.splice(0)) await kill(child);
  await Promise.allSettled(servers.splice(0).map((server) => server.stop()));
  for (const created of folders.splice(0)) {
    for (const cluster of clustersIn(created, 4)) await endLeftover(cluster);
    await rm(created, { recursive: true, force: true });
  }
  logged.length = 0;
}

beforeAll(async () => {
  template = await folder();
  await (await start(template)).stop();
  folders.length = 0;
});

afterEach(cleanUp);

afterAll(async () => {
  folders.push(template);
  await cleanUp();
});

describe('starting', () => {
  it('creates a UTF-8 database and keeps its data and its password over a restart', async () => {
    const dataDir = await folder();
    const first = await start(dataDir);
    expect(first.adopted).toBe(false);
    expect(await query(first.connection, 'SHOW server_encoding')).toEqual(['UTF8']);
    expect(await query(first.connection, 'SELECT current_database()')).toEqual(['shop']);
    await query(first.connection, "CREATE TABLE kept AS SELECT 'naïve ☃' AS word");
    await Promise.all([first.stop(), first.stop()]);

    const second = await start(dataDir);
    expect(await query(second.connection, 'SELECT word FROM kept')).toEqual(['naïve ☃']);
    expect(second.connection).toEqual(first.connection);
    const password = path.join(second.directory, 'emporium.password');
    expect((await stat(password)).mode & 0o777).toBe(0o600);
    expect(await readFile(password, 'utf8')).toBe(second.connection.password);
    expect(readdirSync(dataDir)).toEqual(['postgres']);
  });

  itOnLinux('listens on one Unix socket, with a password, and on no network port', async () => {
    const server = await start(await folderWithDatabase());
    const pid = postmasterOf(server.directory);
    const sockets = readdirSync(`/proc/${pid}/fd`)
      .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      .flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
    const lines = (table: string) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n');
    const open = (table: string, column: number) =>
      lines(table).filter((line) => sockets.includes(line.trim().split(/\s+/)[column] ?? ''));
    expect(open('unix', 6).map((line) => line.trim().split(/\s+/)[7])).toEqual([
      path.join(server.directory, '.s.PGSQL.5432'),
    ]);
    expect([...open('tcp', 9), ...open('tcp6', 9)]).toEqual([]);
    expect(await query(server.connection, 'SHOW listen_addresses')).toEqual(['']);
    expect(await query(server.connection, 'SHOW unix_socket_permissions')).toEqual(['0700']);
    const guess = query({ ...server.connection, password: 'guess' }, 'SELECT 1');
    await expect(guess).rejects.toMatchObject({ code: '28P01' });
  });

  it('finds a place for the socket when the path is too long for one', async () => {
    const dataDir = path.join(await folder(), 'long '.repeat(20), `it's "quoted", and $HOME`);
    const server = await start(dataDir);
    expect(path.dirname(server.connection.host)).not.toBe(dataDir);
    expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    await server.stop();
    expect(existsSync(server.connection.host)).toBe(false);
  });

  it('is not bothered by a first start that died half-way, and clears it away in time', async () => {
    const dataDir = await folder();
    for (const name of ['postgres.init-old', 'postgres.init-young']) {
      await mkdir(path.join(dataDir, name, 'postgres', 'base'), { recursive: true });
      await writeFile(path.join(dataDir, name, 'postgres', 'PG_VERSION'), '18\n');
    }
    await utimes(path.join(dataDir, 'postgres.init-old'), new Date(0), new Date(0));
    const server = await start(dataDir);
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.init-young']);
  });

  it('starts over a postmaster.pid whose process id now belongs to this process', async () => {
    const dataDir = await folderWithDatabase();
    const first = await start(dataDir);
    const file = path.join(first.directory, 'postmaster.pid');
    const left = await readFile(file, 'utf8');
    await first.stop();
    const thread = process.platform === 'linux' ? readdirSync('/proc/self/task').at(-1) : undefined;
    await writeFile(file, left.replace(/^\d+/, thread ?? String(process.pid)), { mode: 0o600 });
    const { uid, gid } = await stat(first.directory);
    await chown(file, uid, gid);
    const second = await start(dataDir);
    expect(second.adopted).toBe(false);
    expect(await query(second.connection, 'SELECT 1')).toEqual([1]);
  });

  itOnLinux('sends no signal to a process that has the id of a server that was killed', async () => {
    const dataDir = await folderWithDatabase();
    const server = await start(dataDir);
    const file = path.join(server.directory, 'postmaster.pid');
    const left = await readFile(file, 'utf8');
    await server.stop();
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    processes.push(other);
    const pid = other.pid ?? 0;
    await writeFile(file, left.replace(/^\d+/, String(pid)), { mode: 0o600 });
    expect(await shutDown(server.directory, { pid })).toBe(true);
    await sleep(200);
    expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  });

  it('says so when the database is of another major version', async () => {
    const dataDir = await folderWithDatabase();
    await writeFile(path.join(dataDir, 'postgres', 'PG_VERSION'), '9\n');
    const refused = start(dataDir);
    await expect(refused).rejects.toThrow(EmbeddedPostgresError);
    await expect(refused).rejects.toThrow(/is of PostgreSQL 9, this program brings PostgreSQL \d+/);
  });

  it('gives the end of the log when the server does not start', async () => {
    const refused = start(await folderWithDatabase(), undefined, {
      settings: { ...SETTINGS, shared_buffers: 'plenty' },
    });
    await expect(refused).rejects.toThrow(EmbeddedPostgresError);
    await expect(refused).rejects.toThrow(/invalid value for parameter "shared_buffers": "plenty"/);
  });

  it('leaves a directory alone that is something else', async () => {
    const dataDir = await folder();
    await mkdir(path.join(dataDir, 'postgres'));
    await writeFile(path.join(dataDir, 'postgres', 'thesis.txt'), 'the only copy');
    await expect(start(dataDir)).rejects.toThrow(/is not a PostgreSQL data directory/);
    expect(readdirSync(path.join(dataDir, 'postgres'))).toEqual(['thesis.txt']);
  });

  it('says which directory it cannot use', async () => {
    const dataDir = path.join(await folder(), 'file');
    await writeFile(dataDir, '');
    const refused = start(dataDir);
    await expect(refused).rejects.toThrow(EmbeddedPostgresError);
    await expect(refused).rejects.toThrow(`cannot use the data directory ${dataDir}`);
  });
});

describe('one owner', () => {
  it('adopts the server of a process that was killed', async () => {
    const dataDir = await folderWithDatabase();
    const { child, report } = await startElsewhere(dataDir);
    if (report.error !== undefined) throw new Error(report.error);
    await query(report.connection, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = postmasterOf(path.join(dataDir, 'postgres'));
    await kill(child);

    const server = await start(dataDir);
    expect(server.adopted).toBe(true);
    expect(postmasterOf(server.directory)).toBe(pid);
    expect(server.connection).toEqual(report.connection);
    expect(await query(server.connection, 'SELECT answer FROM kept')).toEqual([42]);
    await server.stop();
    expect(existsSync(path.join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it('refuses a second start while the first lives, and leaves the first alone', async () => {
    const dataDir = await folderWithDatabase();
    const first = await start(dataDir);
    const { report } = await startElsewhere(dataDir);
    expect(report.error).toContain(`in use by another Emporium (process ${process.pid})`);
    expect(report.error).toContain(path.join(dataDir, 'postgres'));
    expect(await query(first.connection, 'SELECT 1')).toEqual([1]);
  });

  it('takes over from one that is just being stopped', async () => {
    const dataDir = await folderWithDatabase();
    const first = await start(dataDir);
    const [second] = await Promise.all([start(dataDir), first.stop()]);
    expect(await query(second.connection, 'SELECT 1')).toEqual([1]);
    // A stop that took the new server for its own would end it only later.
    await sleep(300);
    expect(await query(second.connection, 'SELECT 1')).toEqual([1]);
  });

  it('lets exactly one of two simultaneous first starts win', async () => {
    const dataDir = await folder();
    const both = await Promise.all([startElsewhere(dataDir), startElsewhere(dataDir)]);
    const [loser] = both.filter(({ report }) => report.error !== undefined);
    const [winner] = both.filter(({ report }) => report.error === undefined);
    expect(loser?.report.error).toContain(`in use by another Emporium (process ${winner?.child.pid ?? 0})`);
    if (!winner || winner.report.error !== undefined) throw new Error('Both were refused');
    expect(await query(winner.report.connection, 'SELECT 1')).toEqual([1]);
    expect(readdirSync(dataDir)).toEqual(['postgres']);
  });
});

describe('a server that dies', () => {
  it('is back by itself, with its data and at the same place', async () => {
    const server = await start(await folderWithDatabase());
    const { directory, connection } = server;
    await query(connection, 'CREATE TABLE kept AS SELECT 7 AS n');
    const pid = postmasterOf(directory);
    signalPostgres([pid], 'SIGKILL');
    await until(
      () =>
        query(connection, 'SELECT n FROM kept').then(
          ([n]) => n === 7,
          () => false,
        ),
      6000,
    );
    expect(postmasterOf(directory)).not.toBe(pid);
    await until(() => logged.includes('PostgreSQL is back'), 2000);
    await expect(start(path.dirname(directory))).rejects.toThrow(/in use by another Emporium/);
    await server.stop();
    expect(existsSync(path.join(directory, 'postmaster.pid'))).toBe(false);
  });

  it('keeps the place of a temporary socket too', async () => {
    const server = await start(path.join(await folder(), 'long'.repeat(25)));
    signalPostgres([postmasterOf(server.directory)], 'SIGKILL');
    await until(
      () =>
        query(server.connection, 'SELECT 1').then(
          () => true,
          () => false,
        ),
      6000,
    );
    await server.stop();
    expect(existsSync(server.connection.host)).toBe(false);
  });

  it('can be stopped while it is being restarted', async () => {
    const server = await start(await folderWithDatabase());
    signalPostgres([postmasterOf(server.directory)], 'SIGKILL');
    await until(() => logged.includes('PostgreSQL went away, starting it again'), 2000);
    await server.stop();
    await expect(query(server.connection, 'SELECT 1')).rejects.toThrow();
  });

  itOnLinux(
    'leaves no process behind when it is stopped before the new one has written its process id',
    async () => {
      let stopped: Promise<void> | undefined;
      const log = (message: string) => {
        if (message.includes('starting it again')) stopped = server.stop();
      };
      const server = await start(await folderWithDatabase(), undefined, { log });
      signalPostgres([postmasterOf(server.directory)], 'SIGKILL');
      await until(() => stopped !== undefined, 2000);
      await stopped;
      expect(commandLines().filter((line) => line.includes(server.directory))).toEqual([]);
    },
  );

  it('is reported when it cannot come back', async () => {
    let report: (error: Error) => void = () => undefined;
    const lost = new Promise<Error>((resolve) => (report = resolve));
    const server = await start(await folderWithDatabase(), undefined, { onLost: report });
    await rm(path.join(server.directory, 'global', 'pg_control'));
    signalPostgres([postmasterOf(server.directory)], 'SIGKILL');
    expect(await lost).toBeInstanceOf(EmbeddedPostgresError);
    expect((await lost).message).toMatch(/PostgreSQL did not start[^]*pg_control/);
    await server.stop();
  });
});

describe('as root', () => {
  itAsRoot('puts the database elsewhere when the data directory is closed to its user', async () => {
    const closed = path.join(await folder(), 'closed');
    await mkdir(closed, { mode: 0o700 });
    const sharedDirectory = path.join(await folder(), 'shared');
    const dataDir = path.join(closed, 'data');
    const server = await start(dataDir, { sharedDirectory });
    expect(await query(server.connection, 'SELECT 1')).toEqual([1]);
    const place = path.join(dataDir, 'postgres');
    expect((await lstat(place)).isSymbolicLink()).toBe(true);
    expect(server.directory.startsWith(path.join(sharedDirectory, 'data-'))).toBe(true);
    expect((await stat(place)).uid).not.toBe(0);
    expect((await stat(path.dirname(server.directory))).mode & 0o777).toBe(0o700);
    await server.stop();

    const again = await start(dataDir, { sharedDirectory });
    expect(again.directory).toBe(server.directory);
    await again.stop();
    expect(readdirSync(sharedDirectory)).toHaveLength(1);
    await rm(path.dirname(server.directory), { recursive: true });
    await expect(start(dataDir, { sharedDirectory })).rejects.toThrow(
      `${place} is a link to a directory that no longer exists`,
    );
  });

  itAsRoot('copies the programs when their user cannot reach them, once', async () => {
    const base = await folder();
    const packageDirectory = path.join(base, 'closed', 'package');
    await mkdir(path.join(base, 'closed'), { mode: 0o700 });
    await cp(platformPackage(), packageDirectory, { recursive: true, verbatimSymlinks: true });
    const sharedDirectory = path.join(base, 'shared');
    const first = await start(path.join(base, 'first'), { packageDirectory, sharedDirectory });
    expect(await query(first.connection, 'SELECT 1')).toEqual([1]);
    const [copy] = readdirSync(path.join(sharedDirectory, 'bin'));
    expect(copy).toMatch(/^\d+\.\d+.*-\w+-\w+$/);
    expect((await stat(path.join(sharedDirectory, 'bin', copy ?? ''))).uid).toBe(0);
    await start(path.join(base, 'second'), { packageDirectory, sharedDirectory });
    expect(logged.filter((message) => message.includes('copied'))).toHaveLength(1);
    expect(readdirSync(path.join(sharedDirectory, 'bin'))).toEqual([copy]);
  });

  itAsRoot('says so when the database belongs to root', async () => {
    const dataDir = await folder();
    await mkdir(path.join(dataDir, 'cluster'));
    await writeFile(path.join(dataDir, 'cluster', 'PG_VERSION'), '18\n');
    await symlink('cluster', path.join(dataDir, 'postgres'));
    await expect(start(dataDir)).rejects.toThrow(/belongs to root/);
  });
});

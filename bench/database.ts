import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { explicitOptions } from '../src/database/driver-options';
import { EmbeddedPostgres } from '../src/database/embedded/embedded-postgres';
import { readPostmaster } from '../src/database/embedded/postmaster';
import { loadDataSet } from './data-set';
import { ROOT } from './root';

const DATA_DIR = path.join(ROOT, 'bench', '.data');
const RUN = 'bench_run';

export interface BenchDatabase {
  /** for both servers */
  url: string;
  /** the postmaster; its CPU time and that of its children is PostgreSQL's */
  pid: number;
  /** Writes dirty pages to disk, so that a measurement does not include the cost of the one before. */
  checkpoint: () => Promise<void>;
  close: () => Promise<void>;
}

/** Starts the embedded PostgreSQL as in production, with a copy of the data set for this run. */
export async function openDatabase(items: number, log: (message: string) => void): Promise<BenchDatabase> {
  await mkdir(DATA_DIR, { recursive: true });
  const server = await EmbeddedPostgres.start({ dataDir: DATA_DIR, database: 'postgres', log });
  try {
    const admin = new pg.Client(explicitOptions(server.connection));
    await admin.connect();
    const template = await provideTemplate(server, admin, items, log);
    await admin.query(`DROP DATABASE IF EXISTS ${RUN} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${RUN} TEMPLATE ${template} STRATEGY FILE_COPY`);
    await withDatabase(server, RUN, async (client) => {
      // An autovacuum or analysis during a measurement would be counted as cost of its requests.
      await client.query('ALTER TABLE items SET (autovacuum_enabled = off)');
    });
    const postmaster = await readPostmaster(server.directory);
    return {
      url: urlOf(server, RUN),
      pid: postmaster?.pid ?? 0,
      checkpoint: async () => {
        await admin.query('CHECKPOINT');
      },
      close: async () => {
        await admin.query(`DROP DATABASE ${RUN} WITH (FORCE)`);
        await admin.end();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Returns the database with the data set, which is loaded unless an earlier run has left it. It is only copied, never
 * changed.
 */
async function provideTemplate(
  server: EmbeddedPostgres,
  admin: pg.Client,
  items: number,
  log: (message: string) => void,
): Promise<string> {
  const checksum = await checksumOfSources();
  const template = `bench_${items}_${checksum}`;
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_%'`,
  );
  const found = rows.map(({ datname }) => datname);
  // Removes databases of another schema or data set, and those of aborted runs.
  for (const name of found.filter((name) => !name.endsWith(`_${checksum}`))) {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
  if (found.includes(template)) return template;

  log(`Loading ${items} items`);
  const started = Date.now();
  await admin.query('CREATE DATABASE bench_loading');
  await promisify(execFile)(process.execPath, [path.join(ROOT, 'dist', 'cli.js'), 'migrate'], {
    env: { DATABASE_URL: urlOf(server, 'bench_loading') },
  });
  await withDatabase(server, 'bench_loading', (client) => loadDataSet(client, { items }));
  // It gets its name only when it is complete.
  await admin.query(`ALTER DATABASE bench_loading RENAME TO ${template}`);
  log(`Loaded in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return template;
}

/** The checksum of all files on which the content of a new database depends. */
async function checksumOfSources(): Promise<string> {
  const migrations = path.join(ROOT, 'migrations');
  const files = [
    ...(await readdir(migrations)).sort().map((name) => path.join(migrations, name)),
    ...['data-set.ts', 'vocabulary.ts'].map((name) => path.join(ROOT, 'bench', name)),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(ROOT.length)).update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

function urlOf({ connection }: EmbeddedPostgres, database: string): string {
  const { user, password, host, port } = connection;
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

async function withDatabase(
  { connection }: EmbeddedPostgres,
  database: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client(explicitOptions({ ...connection, database }));
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

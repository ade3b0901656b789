import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';
import { withClient } from '../support/database';
import {
  createItem,
  createStore,
  registerUser,
  type TestStore,
  type TestUser,
  unique,
} from '../support/factories';
import { freePort, Instance } from '../support/instance';
import { KILLS_PER_MINUTE, type OwnPostgres, startOwnPostgres } from '../support/own-postgres';
import { postmasterIn, postmasterOf, signalPostgres } from '../support/postmaster';
import { temporaryDirectory } from '../support/process';
import { report, roundsOr } from '../support/rounds';

const ROUNDS = roundsOr(3);
const WRITERS = 8;
/** Service must be back so soon after PostgreSQL accepts connections, in milliseconds. */
const BACK_WITHIN = 1000;
/** When a round gives up, in milliseconds. */
const LONGEST_WAIT = 60_000;

let own: OwnPostgres;
let postgres: EmbeddedPostgres;
let instance: Instance;
let owner: TestUser;
let store: TestStore;
let item: { id: number };

beforeAll(async () => {
  own = await startOwnPostgres();
  ({ postgres } = own);
  instance = new Instance({ ...own.environment, REQUEST_TIMEOUT: '5000' }, await freePort());
  await instance.start();
  owner = await registerUser(instance.client);
  store = await createStore(owner);
  item = await createItem(store);
});
afterAll(async () => {
  await instance.end('SIGTERM');
  await own.remove();
});

const newItem = () => ({ name: unique('item'), price: 1, store_id: store.id });

/** Creates items until `isOver`, and adds those that were acknowledged to `acknowledged`. */
async function write(acknowledged: number[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const { status, body } = await owner.api.post('/items', newItem());
    if (status === 201) acknowledged.push((body as { id: number }).id);
    // Only an answer that is not a 503 would be a fault; the process must not go away.
    else if (status !== 503) throw new Error(`answered ${status}`);
  }
}

async function untilPostgresAccepts(): Promise<void> {
  const tryOnce = () => withClient(postgres.connection, (client) => client.query('SELECT 1'));
  while (!(await tryOnce().then(Boolean, () => false))) await sleep(5);
}

async function untilServed(): Promise<void> {
  const isServed = async () => {
    const ready = await instance.client.get('/health/ready');
    const read = await instance.client.get(`/items/${item.id}`);
    const written = await owner.api.post('/items', newItem());
    return ready.status === 200 && read.status === 200 && written.status === 201;
  };
  const end = performance.now() + LONGEST_WAIT;
  while (!(await isServed())) {
    if (performance.now() > end) throw new Error('the service did not come back');
    await sleep(5);
  }
}

/** @returns items that were acknowledged and are not there */
async function lostOf(acknowledged: readonly number[]): Promise<number[]> {
  const lost: number[] = [];
  for (const id of acknowledged)
    if ((await instance.client.get(`/items/${id}`)).status !== 200) lost.push(id);
  return lost;
}

const FAULTS: [what: string, fault: () => Promise<void>][] = [
  [
    'PostgreSQL killed',
    async () => {
      const pid = postmasterOf(postgres.directory);
      signalPostgres([pid], 'SIGKILL');
      while (postmasterIn(postgres.directory) === pid) await sleep(5);
    },
  ],
  [
    'every connection terminated',
    async () => {
      await withClient(postgres.connection, (client) =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        ),
      );
    },
  ],
];

it.each(FAULTS)(
  '%s under load: service is back soon, and nothing acknowledged is lost',
  async (what, fault) => {
    const acknowledged: number[] = [];
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const state = { isOver: false };
      const writing = Promise.all(
        Array.from({ length: WRITERS }, () => write(acknowledged, () => state.isOver)),
      );
      try {
        await sleep(300);
        await fault();
        await untilPostgresAccepts();
        const begin = performance.now();
        await untilServed();
        times.push(Math.round(performance.now() - begin));
      } finally {
        state.isOver = true;
      }
      await writing;
      const isLast = round + 1 === ROUNDS;
      if (what === 'PostgreSQL killed' && !isLast && (round + 1) % KILLS_PER_MINUTE === 0)
        await sleep(60_000);
    }
    const lost = await lostOf(acknowledged);
    report(
      what,
      ROUNDS,
      { 'items acknowledged': acknowledged.length, 'ms at most': Math.max(...times) },
      lost,
    );
    // One round can be late because the machine does something else.
    const sorted = times.sort((a, b) => a - b);
    expect(sorted[Math.floor((ROUNDS - 1) / 2)]).toBeLessThan(BACK_WITHIN);
  },
);

describe('a full disk', () => {
  const itAsRoot = process.getuid?.() === 0 && process.platform === 'linux' ? it : it.skip;

  itAsRoot('refuses writes with 503, and reads go on; writes are back when there is room', async () => {
    const { path: parent, remove } = await temporaryDirectory();
    const disk = path.join(parent, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    try {
      // The items are on a small disk of their own; a full disk of the write-ahead log would end PostgreSQL.
      const { uid, gid } = await stat(path.join(postgres.directory, 'PG_VERSION'));
      const space = path.join(disk, 'space');
      await mkdir(space);
      await chown(space, uid, gid);
      await chmod(disk, 0o755);
      const run = (sql: string) => withClient(postgres.connection, (client) => client.query(sql));
      await run(`CREATE TABLESPACE small LOCATION '${space}'`);
      await run('TRUNCATE item_tags, items');
      await run('ALTER TABLE items SET TABLESPACE small');
      item = await createItem(store);
      const fill = () =>
        run(`INSERT INTO items (name, price, store_id) SELECT 'filler ' || random(), 1, ${store.id}
             FROM generate_series(1, 200)`);
      while (await fill().then(Boolean, () => false));

      const acknowledged: number[] = [item.id];
      let refused = 0;
      const body = () => ({ ...newItem(), name: unique('x').padEnd(100, 'x') });
      while (refused < 20) {
        const answer = await owner.api.post('/items', body());
        if (answer.status === 201) acknowledged.push((answer.body as { id: number }).id);
        else {
          expect(answer.status).toBe(503);
          expect(answer.body).toMatchObject({ code: 'unavailable' });
          expect(answer.headers.get('retry-after')).not.toBeNull();
          refused++;
        }
      }
      expect((await instance.client.get('/health/live')).status).toBe(200);
      expect((await instance.client.get('/items?limit=5')).status).toBe(200);
      const lost = await lostOf(acknowledged);
      execFileSync('mount', ['-o', 'remount,size=20m', disk]);
      expect((await owner.api.post('/items', body())).status).toBe(201);
      report(
        'a full disk',
        1,
        { 'items acknowledged': acknowledged.length, 'writes refused': refused },
        lost,
      );
      await run('ALTER TABLE items SET TABLESPACE pg_default');
      await run('DROP TABLESPACE small');
    } finally {
      execFileSync('umount', ['-l', disk]);
      await remove();
    }
  });
});

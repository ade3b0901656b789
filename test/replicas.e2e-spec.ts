import { type AddressInfo, connect, createServer } from 'node:net';
import { Replicas } from '../src/reads/replicas/replicas';
import { startApp, type TestApp } from './support/app';
import { urlOf } from './support/database';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, createTag, createUser, type TestStore, unique } from './support/factories';
import { parseMetrics, sumOf } from './support/metrics';
import { Proxy } from './support/proxy';
import { Replication, type ReplicationServer, SERVERS } from './support/replication';

const READ_AFTER = 'x-read-after';
const POSITION = /^[1-9]\d*\/[0-9A-F]+\/[0-9A-F]+$/;
/** A position that no server of the tests reaches. */
const FUTURE = '1/FFFFFFFF/FFFFFFFF';

const replicasOf = ({ app }: TestApp) => app.get(Replicas).all;
const isUsed = (app: TestApp, index = 0) => replicasOf(app)[index]?.isUsed === true;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const metric = async (app: TestApp, name: string) =>
  sumOf(parseMetrics((await app.metrics?.text()) ?? ''), name);

const linesOf = (app: TestApp, message: string) =>
  app.logs.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);

const after = (position: string | null) => ({ headers: { 'x-read-after': position ?? '' } });

function startWith(primary: ReplicationServer, replicas: string[], settings: Record<string, string> = {}) {
  const environment = {
    DATABASE_URL: urlOf(primary.connectionTo()),
    DATABASE_REPLICA_URLS: replicas.join(','),
    METRICS_PORT: '0',
    ...settings,
  };
  return startApp(environment, primary.connectionTo());
}

describe('without DATABASE_REPLICA_URLS', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('writes answer no position, and reads do not depend on one', async () => {
    const owner = await createUser(app);
    const { status, headers } = await owner.api.post('/stores', { name: unique('store') });
    expect(status).toBe(201);
    expect(headers.has(READ_AFTER)).toBe(false);
    const read = await app.api.get('/stores', after('1/0/1'));
    expect(read.status).toBe(200);
    expect(read.headers.get('vary') ?? '').not.toContain('X-Read-After');
  });

  it.each([
    '',
    '1',
    '1/0',
    '0/0/1',
    '01/0/1',
    '1/g/1',
    '1/0/123456789',
    '4294967296/0/1',
    'a/0/1',
    '1/0/1, 1/0/2',
  ])('refuses X-Read-After %j', async (value) => {
    const answer = await app.api.get('/stores', after(value));
    expectProblem(answer, 400, 'invalid_input', ['?X-Read-After']);
  });
});

describe.each(SERVERS)('a streaming replica of %s', (server) => {
  let replication: Replication;
  let first: ReplicationServer;
  let second: ReplicationServer;
  let proxy: Proxy;
  let app: TestApp;
  let store: TestStore;

  beforeAll(async () => {
    replication = await Replication.create(server);
    first = await replication.addReplica('first');
    proxy = new Proxy(first.connectionTo());
    await proxy.listen();
    app = await startWith(replication.primary, [urlOf(proxy.connection)]);
    store = await createStore(await createUser(app));
    await until(() => isUsed(app));
  });
  afterAll(async () => {
    await app.close();
    await proxy.close();
    await replication.remove([second, first]);
  });

  /**
   * Runs `work` with an item that a replica knows by its old name only, until it could be done before the replica was left
   * out because it is behind.
   */
  async function whileBehind(work: (item: Behind) => Promise<void>, on = app): Promise<void> {
    for (;;) {
      const { id } = await createItem(store, { name: 'old' });
      const name = unique('new');
      await until(async () => {
        const { status } = await on.api.get(`/items/${id}`);
        return isUsed(on) && status === 200;
      });
      await first.pause();
      try {
        const { headers } = await store.owner.api.patch(`/items/${id}`, { name });
        const position = headers.get(READ_AFTER);
        expect(position).toMatch(POSITION);
        let failure: Error | undefined;
        await work({ id, name, position: position ?? '' }).catch((error: unknown) => {
          failure = error as Error;
        });
        if (!isUsed(on)) continue;
        if (failure) throw failure;
        return;
      } finally {
        await first.resume();
      }
    }
  }
  interface Behind {
    id: number;
    /** its new name */
    name: string;
    position: string;
  }
  const nameOf = async (id: number, options = {}, api = app.api) =>
    ((await api.get(`/items/${id}`, options)).body as { name: string }).name;

  it('answers reads without a token, and the primary those with one or with X-Read-After', async () => {
    await whileBehind(async ({ id, name, position }) => {
      expect(await nameOf(id)).toBe('old');
      const { body } = await app.api.get(`/stores/${store.id}/items?q=${name}`);
      expect(body).toEqual([]);
      expect(await nameOf(id, {}, store.owner.api)).toBe(name);
      expect(await nameOf(id, after(position))).toBe(name);
      const list = await app.api.get(`/stores/${store.id}/items?sort=-id&limit=1`, after(position));
      expect(list.body).toMatchObject([{ id, name }]);
    });
  });

  it('is not believed for a position in the future or of another timeline', async () => {
    await whileBehind(async ({ id, name }) => {
      expect(await nameOf(id, after(FUTURE))).toBe(name);
      expect(await nameOf(id, after('2/0/1'))).toBe(name);
      expect(await nameOf(id, after('1/0/1'))).toBe('old');
    });
  });

  it('answers a position that it has replayed', async () => {
    const { id } = await createItem(store, { name: 'new' });
    const { headers } = await store.owner.api.patch(`/items/${id}`, { name: 'newer' });
    const options = after(headers.get(READ_AFTER));
    const before = await metric(app, 'emporium_replica_reads_total');
    await until(async () => {
      // Other writers of the log, such as autovacuum, are not needed for that.
      await store.owner.api.patch(`/items/${id}`, { price: 2 });
      expect(await nameOf(id, options)).toBe('newer');
      return (await metric(app, 'emporium_replica_reads_total')) > before;
    });
  });

  it('writes of every kind answer a position, refusals and reads do not', async () => {
    const { api } = store.owner;
    const name = unique('item');
    const key = { headers: { 'idempotency-key': unique('key') } };
    const create = { name, price: 1, store_id: store.id };
    const item = await api.post('/items', create, key);
    const replay = await api.post('/items', create, key);
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    const path = `/items/${item.body.id}`;
    const { id: tag } = await createTag(store);
    const link = { tags: [tag] };
    const email = `${unique('user')}@example.com`;
    const account = { email, password: 'correct horse battery' };
    const answers = [
      item,
      replay,
      await api.put(path, { name }),
      await api.patch(path, { name: unique('item') }),
      await api.post(`${path}/tags`, link),
      await api.delete(`${path}/tags/${tag}`),
      await api.delete(path),
      await app.api.post('/register', account),
      await app.api.post('/login', account),
    ];
    for (const { status, headers } of answers) {
      expect(status).toBeLessThan(300);
      expect(headers.get(READ_AFTER)).toMatch(POSITION);
      expect(headers.get('access-control-expose-headers')).toContain('X-Read-After');
    }
    const missing = { headers: { 'idempotency-key': unique('key') } };
    const refusals = [
      await api.patch(path, { name }),
      await api.post('/items', { name }),
      await api.post(`/items/${item.body.id}/tags`, link, missing),
      await api.post(`/items/${item.body.id}/tags`, link, missing),
      await app.api.post('/items', create),
    ];
    for (const { status, headers } of refusals) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers.has(READ_AFTER)).toBe(false);
    }
    expect((await api.get('/me')).headers.has(READ_AFTER)).toBe(false);
    expect((await app.api.get('/stores')).headers.has(READ_AFTER)).toBe(false);
  });

  it('tells caches that a read depends on the token and on X-Read-After, also with 304', async () => {
    const path = `/stores/${store.id}`;
    const { headers } = await app.api.get(path);
    expect(headers.get('vary')).toBe('Authorization, X-Read-After');
    const known = await app.api.get(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    expect(known.status).toBe(304);
    expect(known.headers.get('vary')).toBe('Authorization, X-Read-After');
    expect((await app.api.get('/stores')).headers.get('vary')).toBe('Authorization, X-Read-After');
  });

  it('is left out while it is more than 5 s behind, and then taken back', async () => {
    const leftOut = linesOf(app, 'a replica is left out').length;
    await until(() => isUsed(app));
    const { id } = await createItem(store, { name: 'old' });
    await first.pause();
    await store.owner.api.patch(`/items/${id}`, { name: 'new' });
    await until(() => !isUsed(app));
    expect(await nameOf(id)).toBe('new');
    const lines = linesOf(app, 'a replica is left out');
    expect(lines.length).toBe(leftOut + 1);
    expect(lines.at(-1)).toMatchObject({ reason: expect.stringMatching(/^it is \d+\.\d s behind/) });
    expect(await metric(app, 'emporium_replicas_left_out')).toBe(1);
    expect(await metric(app, 'emporium_replica_lag_seconds')).toBeGreaterThan(5);
    expect((await app.api.get('/health/ready')).status).toBe(200);
    const back = linesOf(app, 'a replica is back').length;
    await first.resume();
    await until(() => isUsed(app));
    expect(linesOf(app, 'a replica is back').length).toBe(back + 1);
    expect(await metric(app, 'emporium_replicas_used')).toBe(1);
  });

  /** Reads all the time while `work` runs, and returns the statuses of the answers. */
  async function readDuring(work: () => Promise<void>): Promise<Set<number>> {
    const statuses = new Set<number>();
    let isOver = false as boolean;
    const read = async (path: string) => {
      while (!isOver) statuses.add((await app.api.get(path)).status);
    };
    const paths = [`/stores/${store.id}`, '/items?limit=5', `/stores/${store.id}/items?q=new&count=true`];
    const readers = [...paths, ...paths].map(read);
    await work().finally(() => {
      isOver = true;
    });
    await Promise.all(readers);
    return statuses;
  }

  it('fails no request when it stops, and is taken back when it has started again', async () => {
    await until(() => isUsed(app));
    const statuses = await readDuring(async () => {
      await first.stop();
      await until(() => !isUsed(app));
      expect((await app.api.get('/health/ready')).status).toBe(200);
      await first.start();
      await until(() => isUsed(app));
    });
    expect([...statuses]).toEqual([200]);
  });

  it('fails no request when it answers nothing any more', async () => {
    await until(() => isUsed(app));
    const before = await metric(app, 'emporium_replica_reads_repeated_total');
    const statuses = await readDuring(async () => {
      proxy.frozen = true;
      await until(() => !isUsed(app));
      proxy.thaw();
      await until(() => isUsed(app));
    });
    expect([...statuses]).toEqual([200]);
    expect(await metric(app, 'emporium_replica_reads_repeated_total')).toBeGreaterThan(before);
  });

  it('goes on answering while the primary is down', async () => {
    await until(() => isUsed(app));
    const path = `/stores/${store.id}`;
    await replication.primary.stop();
    try {
      for (let n = 0; n < 5; n++) expect((await app.api.get(path)).status).toBe(200);
      expectProblem(await store.owner.api.patch(path, { name: unique('store') }), 503, 'unavailable');
    } finally {
      await replication.primary.start();
    }
    await until(async () => (await store.owner.api.get(path)).status === 200);
    await until(() => isUsed(app));
  });

  it('does not prevent a start when it is down, and says so', async () => {
    const other = await startWith(replication.primary, ['postgres://u@127.0.0.1:1/emporium']);
    try {
      expect((await other.api.get(`/stores/${store.id}`)).status).toBe(200);
      expect((await other.api.get('/health/ready')).status).toBe(200);
      await until(() => linesOf(other, 'a replica is left out').length === 1);
      expect(linesOf(other, 'a replica is left out')).toMatchObject([{ replica: '127.0.0.1:1' }]);
      expect(await metric(other, 'emporium_replica_reads_missed_total')).toBe(1);
    } finally {
      await other.close();
    }
  });

  it.each<[string, () => string, string]>([
    ['the primary itself', () => urlOf(replication.primary.connectionTo()), 'it is not in recovery'],
    ['another database', () => urlOf(first.connectionTo('postgres')), 'it is another database'],
  ])('is never %s', async (_what, url, reason) => {
    const other = await startWith(replication.primary, [url()]);
    try {
      await until(() => linesOf(other, 'a replica is left out').length === 1);
      expect(linesOf(other, 'a replica is left out')[0]?.reason).toContain(reason);
      expect((await other.api.get(`/stores/${store.id}`)).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  it.each([
    ['a pooler', { DATABASE_POOLER: 'on' }],
    ['a small pool', { DATABASE_POOL_MAX: '2' }],
  ])('is read with the settings of %s, too', async (_what, settings) => {
    const other = await startWith(replication.primary, [urlOf(first.connectionTo())], settings);
    try {
      await until(() => isUsed(other));
      await whileBehind(async ({ id, name, position }) => {
        expect(await nameOf(id, {}, other.api)).toBe('old');
        expect((await other.api.get(`/stores/${store.id}/items?q=${name}`)).body).toEqual([]);
        expect(await nameOf(id, after(position), other.api)).toBe(name);
      }, other);
    } finally {
      await other.close();
    }
  });

  describe('with a second one', () => {
    let both: TestApp;
    beforeAll(async () => {
      second = await replication.addReplica('second', first);
      both = await startWith(
        replication.primary,
        [first, second].map((each) => urlOf(each.connectionTo())),
      );
      await until(() => isUsed(both, 0) && isUsed(both, 1));
    });
    afterAll(() => both.close());

    it('shares the reads, and one request reads from one of them', async () => {
      // The second one follows the first, and goes on.
      const { id } = await createItem(store, { name: 'old' });
      for (;;) {
        await until(() => isUsed(both, 0) && isUsed(both, 1));
        await second.pause();
        const name = unique('name');
        await store.owner.api.patch(`/items/${id}`, { name });
        const seen = new Set<number>();
        while (seen.size < 2 && isUsed(both, 0) && isUsed(both, 1)) {
          const { body, headers } = await both.api.get(`/items?q=${name}&count=true`);
          expect(headers.get('x-total-count')).toBe(String(body.length));
          seen.add(body.length as number);
        }
        await second.resume();
        if (seen.size === 2) break;
      }
    });

    it('must have an address of its own', async () => {
      const servers = [first, second];
      const balancer = createServer((client) => {
        const [server] = servers.reverse();
        const upstream = connect(`${server?.directory}/.s.PGSQL.5432`);
        client.pipe(upstream).pipe(client);
        for (const socket of [client, upstream]) socket.on('error', () => undefined);
        client.on('close', () => upstream.destroy());
        upstream.on('close', () => client.destroy());
      });
      await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
      const { port } = balancer.address() as AddressInfo;
      const url = `postgres://emporium@127.0.0.1:${port}/emporium`;
      const spread = await startWith(replication.primary, [url]);
      const isTold = () => spread.logs.some((line) => line.includes('leads to several servers'));
      try {
        await until(() => isUsed(spread));
        await until(async () => {
          expect((await spread.api.get(`/stores/${store.id}`)).status).toBe(200);
          expect((await spread.api.get(`/items?q=old&limit=5`)).status).toBe(200);
          return isTold();
        });
      } finally {
        await spread.close();
        balancer.close();
      }
    });

    it('is left out when it is promoted, and replicates for the promoted one then', async () => {
      const { headers } = await store.owner.api.patch(`/stores/${store.id}`, { name: unique('store') });
      const old = headers.get(READ_AFTER);
      await until(() => isUsed(app));
      const statuses = await readDuring(async () => {
        await first.promote();
        await until(() => !isUsed(app));
      });
      expect([...statuses]).toEqual([200]);
      expect(linesOf(app, 'a replica is left out').at(-1)?.reason).toContain('it is not in recovery');
      // The second one follows the first, and has left the timeline of the primary.
      await first.sql('CHECKPOINT');
      await until(async () => {
        await second.sql('CHECKPOINT');
        return !isUsed(both, 0) && !isUsed(both, 1);
      });
      expect((await both.api.get(`/stores/${store.id}`, after(old))).status).toBe(200);

      const promoted = await startWith(
        first,
        [replication.primary, second].map((each) => urlOf(each.connectionTo())),
      );
      try {
        await until(() => isUsed(promoted, 1));
        expect(isUsed(promoted, 0)).toBe(false);
        const owner = await createUser(promoted);
        const created = await owner.api.post('/stores', { name: 'old' });
        const path = `/stores/${created.body.id}`;
        expect(created.headers.get(READ_AFTER)).toMatch(/^2\//);
        for (;;) {
          await until(async () => isUsed(promoted, 1) && (await promoted.api.get(path)).status === 200);
          await owner.api.patch(path, { name: 'old' });
          await until(async () => (await promoted.api.get(path)).body.name === 'old');
          await second.pause();
          await owner.api.patch(path, { name: 'new' });
          const plain = await promoted.api.get(path);
          const withOld = await promoted.api.get(path, after(old));
          await second.resume();
          if (!isUsed(promoted, 1)) continue;
          expect(plain.body.name).toBe('old');
          // Nobody knows whether the second one had all of the former timeline.
          expect(withOld.body.name).toBe('new');
          break;
        }
      } finally {
        await promoted.close();
      }
    });
  });
});

import { createHash, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { sign } from 'jsonwebtoken';
import pg from 'pg';
import { driverOptions } from '../../src/database/connection';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database';
import { PASSWORD_HASH } from '../support/factories';
import { freePort } from '../support/instance';
import { EmporiumProcess, temporaryDirectory } from '../support/process';
import { signingKey, writeSigningKey } from '../support/signing-key';
import { type OpenApi } from '../support/openapi-document';
import { Exchange, type Received, type Sent } from './exchange';
import { uniqueText } from './texts';

export interface Person {
  id: number;
  email: string;
  sessionId: string;
  /** with which the session can be refreshed */
  refreshId: string;
}

/** A URL, so that what there is to know of it is published. */
const ISSUER = 'https://shop.example';

export interface Store {
  id: number;
  ownerId: number;
  items: number[];
  tags: number[];
}

/** A row that a request wrote. */
export interface Write {
  table: string;
  action: 'INSERT' | 'UPDATE' | 'DELETE';
  row: unknown;
}

/**
 * Records each row that is written and committed, except by ourselves, and except the history, which follows from the others,
 * and the progress of imports, which is written beside requests.
 */
const RECORDER = `
  CREATE SCHEMA fuzz;
  CREATE UNLOGGED TABLE fuzz.writes ("table" text NOT NULL, action text NOT NULL, "row" jsonb NOT NULL);
  CREATE FUNCTION fuzz.record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('fuzz.prepares', true) IS DISTINCT FROM 'on' THEN
      INSERT INTO fuzz.writes VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END));
    END IF;
    RETURN NULL;
  END $$;
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT IN ('changes', 'import_progress')
    LOOP
      EXECUTE format('CREATE TRIGGER fuzz AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION fuzz.record()', name);
    END LOOP;
  END $$;`;

/** The most tags that an item can carry. */
const MOST_TAGS = 100;

/** The compiled program with a database of its own, and the people and things that requests are about. */
export class World {
  document!: OpenApi;
  exchange!: Exchange;
  owner!: Person;
  stranger!: Person;
  /** the only one */
  admin!: Person;
  /** of the owner */
  stores!: Store[];
  foreignStore!: Store;
  /** the id of something that was deleted, by the name of the resource */
  readonly deleted = new Map<string, number | string>();
  /** an item that carries as many tags as it can, and one more tag of its store */
  full!: { item: number; tag: number };
  /** of a list in another order than any that is asked for */
  foreignCursor = '';

  private count = 0;
  private readonly key = createPrivateKey(signingKey());
  private readonly tokens = new Map<string, string>();

  private constructor(
    private readonly program: EmporiumProcess,
    private readonly database: TestDatabase,
    private readonly client: pg.Client,
    private readonly directory: Awaited<ReturnType<typeof temporaryDirectory>>,
  ) {}

  static async create(): Promise<World> {
    const directory = await temporaryDirectory();
    const database = await createTestDatabase();
    await writeSigningKey(directory.path);
    const client = new pg.Client({ ...driverOptions(database.connection), options: '-c fuzz.prepares=on' });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(RECORDER);
    const port = await freePort();
    const program = EmporiumProcess.spawn({
      DATA_DIR: directory.path,
      DATABASE_URL: urlOf(database.connection),
      PORT: String(port),
      AUTH_THROTTLE: 'off',
      JWT_ISSUER: ISSUER,
      // The output is kept in memory.
      LOG_LEVEL: 'error',
    });
    const world = new World(program, database, client, directory);
    world.exchange = new Exchange(port);
    await world.untilReady();
    await world.fill();
    return world;
  }

  async destroy(): Promise<void> {
    this.exchange.close();
    await this.program.kill('SIGTERM');
    await this.client.end();
    await this.database.drop();
    await this.directory.remove();
  }

  /** What the program has written to its log. */
  get log(): string {
    return this.program.output;
  }

  read(target: string, authorization?: string): Promise<Received> {
    const headers: Sent['headers'] = authorization === undefined ? [] : [['Authorization', authorization]];
    return this.exchange.send({ method: 'GET', target, headers, body: undefined });
  }

  private async untilReady(): Promise<void> {
    const state = { hasEnded: false };
    void this.program.exited.then(() => (state.hasEnded = true));
    for (;;) {
      if (state.hasEnded) throw new Error(`the program did not start:\n${this.program.output}`);
      try {
        this.document = JSON.parse((await this.read('/openapi.json')).text) as OpenApi;
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  private async fill(): Promise<void> {
    this.owner = await this.newPerson();
    this.stranger = await this.newPerson();
    this.admin = await this.newPerson('admin');
    this.stores = [];
    for (let n = 0; n < 3; n++) this.stores.push(await this.newStore(this.owner.id, 12));
    this.foreignStore = await this.newStore(this.stranger.id, 3);

    const store = await this.newStore(this.owner.id, 1);
    const item = store.items[0] ?? 0;
    const tags: number[] = [];
    for (let n = 0; n <= MOST_TAGS; n++) tags.push(await this.newTag(store.id));
    for (const tag of tags.slice(1)) await this.link(store.id, item, tag);
    this.full = { item, tag: tags[0] ?? 0 };

    const gone = await this.newStore(this.owner.id, 1);
    const person = await this.newPerson();
    for (const [resource, id] of [
      ['change', await this.changeOf('store', gone.id)],
      ['import', await this.newImport(gone.id, 'previewed')],
      ['item', gone.items[0]],
      ['tag', gone.tags[0]],
      ['store', gone.id],
      ['session', person.sessionId],
      ['user', person.id],
    ] as const) {
      this.deleted.set(resource, id ?? 0);
      await this.client.query(`DELETE FROM ${resource}s WHERE id = $1`, [id]);
    }
    const list = await this.read('/items?sort=-updated_at&limit=3');
    this.foreignCursor = /cursor=([^&>]+)/.exec(String(list.headers.link))?.[1] ?? '';
    await this.takeWrites();
  }

  /** A number that was not given before. */
  next(): number {
    return ++this.count;
  }

  /** A name or a number that nobody has used before. */
  unique(): string {
    return uniqueText(this.next());
  }

  /** What was written and committed since the last call, except by ourselves. */
  async takeWrites(): Promise<Write[]> {
    return (await this.client.query<Write>('DELETE FROM fuzz.writes RETURNING *')).rows;
  }

  /** A user with a session. */
  async newPerson(role: 'user' | 'admin' = 'user'): Promise<Person> {
    const email = `fuzz-${this.next()}@example.com`;
    const { id } = await this.insert('users', { email, password_hash: PASSWORD_HASH, role });
    return { id: Number(id), email, ...(await this.newSession(Number(id))) };
  }

  async newSession(userId: number): Promise<Pick<Person, 'sessionId' | 'refreshId'>> {
    const expires = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000);
    const row = await this.insert('sessions', { user_id: userId, ip: '127.0.0.1', expires_at: expires });
    return { sessionId: String(row.id), refreshId: String(row.refresh_id) };
  }

  /** A store with so many items and tags. */
  async newStore(ownerId: number, size = 0): Promise<Store> {
    const { id } = await this.insert('stores', { name: this.unique(), owner_id: ownerId });
    const store: Store = { id: Number(id), ownerId, items: [], tags: [] };
    for (let n = 0; n < size; n++) {
      store.items.push(await this.newItem(store.id));
      store.tags.push(await this.newTag(store.id));
    }
    return store;
  }

  async newItem(storeId: number): Promise<number> {
    const sku = this.unique();
    return Number(
      (await this.insert('items', { name: `item ${sku}`, price: 9.99, sku, store_id: storeId })).id,
    );
  }

  /** The creation of a new item in the history. */
  async newChange(storeId: number): Promise<number> {
    return this.changeOf('item', await this.newItem(storeId));
  }

  /** An import without rows. */
  async newImport(storeId: number, state: string): Promise<number> {
    const values = { actor_id: this.owner.id, request_id: 'fuzz', on_error: 'abort', on_existing: 'update' };
    return Number((await this.insert('imports', { ...values, store_id: storeId, dry_run: true, state })).id);
  }

  /** The first change of a resource. */
  async changeOf(resource: string, id: number): Promise<number> {
    const { rows } = await this.client.query<{ id: string }>(
      'SELECT id FROM changes WHERE resource = $1 AND resource_id = $2 ORDER BY id LIMIT 1',
      [resource, id],
    );
    return Number(rows[0]?.id);
  }

  /** Changes the item that a change is about. */
  async touchItemOf(changeId: number): Promise<void> {
    await this.client.query(
      'UPDATE items SET price = price + 1 WHERE id = (SELECT resource_id FROM changes WHERE id = $1)',
      [changeId],
    );
  }

  async skuOfNewItem(storeId: number): Promise<string> {
    return String(await this.valueOf('items', 'sku', await this.newItem(storeId)));
  }

  async newTag(storeId: number): Promise<number> {
    return Number((await this.insert('tags', { name: this.unique(), store_id: storeId })).id);
  }

  async link(storeId: number, itemId: number, tagId: number): Promise<void> {
    await this.client.query(
      'INSERT INTO item_tags (item_id, tag_id, store_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [itemId, tagId, storeId],
    );
  }

  /** A response to another request, which the key is used for from now on. */
  async useKey(userId: number, key: string): Promise<void> {
    await this.insert('idempotency_keys', {
      user_id: userId,
      key,
      fingerprint: 'another',
      status: 201,
      body: '{}',
    });
  }

  /** Makes the refresh token of a session one that was used before the last one. */
  async outdateRefreshToken({ sessionId }: Pick<Person, 'sessionId'>): Promise<void> {
    await this.client.query('UPDATE sessions SET refresh_id = gen_random_uuid() WHERE id = $1', [sessionId]);
  }

  /** Takes back a promotion, so that there is only one admin. */
  async demote(userId: number): Promise<void> {
    await this.client.query(`UPDATE users SET role = 'user' WHERE id = $1`, [userId]);
  }

  async valueOf(table: string, column: string, id: number): Promise<unknown> {
    const { rows } = await this.client.query<unknown[]>({
      text: `SELECT ${column} FROM ${table} WHERE id = $1`,
      values: [id],
      rowMode: 'array',
    });
    return rows[0]?.[0];
  }

  /** A token as the program issues it, with other claims if there are some. */
  token(person: Person, use: 'access' | 'refresh', claims: object = {}): string {
    const known = `${person.sessionId} ${person.refreshId} ${use} ${JSON.stringify(claims)}`;
    const existing = this.tokens.get(known);
    if (existing !== undefined) return existing;
    const now = Math.floor(Date.now() / 1000);
    const token = sign(
      JSON.stringify({
        iss: ISSUER,
        aud: 'emporium',
        sub: String(person.id),
        sid: person.sessionId,
        jti: use === 'refresh' ? person.refreshId : randomUUID(),
        token_use: use,
        iat: now,
        exp: now + 24 * 60 * 60,
        ...claims,
      }),
      this.key,
      { algorithm: 'RS256', header: { alg: 'RS256', typ: 'JWT', kid: this.keyId } },
    );
    // Those of the people who are always there.
    if ([this.owner, this.stranger, this.admin].includes(person)) this.tokens.set(known, token);
    return token;
  }

  private readonly keyId = thumbprint(signingKey());

  private async insert(table: string, row: Record<string, unknown>): Promise<Record<string, unknown>> {
    const columns = Object.keys(row);
    const { rows } = await this.client.query<Record<string, unknown>>(
      `INSERT INTO ${table} (${columns.join(', ')})
       VALUES (${columns.map((_column, index) => `$${index + 1}`).join(', ')}) RETURNING *`,
      Object.values(row),
    );
    return rows[0] ?? {};
  }
}

/** The id of a key by RFC 7638. */
function thumbprint(pem: string): string {
  const { e, kty, n } = createPublicKey(pem).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

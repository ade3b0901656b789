import path from 'node:path';
import pg from 'pg';
import { createClient, type Emporium } from '../../client/src';
import { loadCatalogue } from '../../demo/load-catalogue';
import { readSuperstore } from '../../demo/superstore';
import { driverOptions } from '../../src/database/connection';
import { createTestDatabase, type TestDatabase, urlOf } from './database';
import { PASSWORD, unique } from './factories';
import { freePort, Instance } from './instance';
import { temporaryDirectory } from './process';
import { writeSigningKey } from './signing-key';

export interface Credentials {
  email: string;
  password: string;
}

/** A person who can log in, and the client that is logged in as this person. */
export interface Account extends Credentials {
  id: number;
  api: Emporium;
}

const ADMIN: Credentials = { email: 'admin@example.com', password: PASSWORD };

/** The compiled program for browsers: with a database, a port that it keeps, and an admin. */
export class PanelServer {
  readonly url: string;
  private readonly pool: pg.Pool;
  private adminAccount: Account | undefined;

  private constructor(
    private readonly instance: Instance,
    private readonly database: TestDatabase,
    private readonly removeDataDir: () => Promise<void>,
  ) {
    this.url = `http://127.0.0.1:${instance.port}`;
    this.pool = new pg.Pool({ ...driverOptions(database.connection), max: 2 });
    this.pool.on('error', () => undefined);
  }

  /** @param settings environment variables */
  static async start(settings: Record<string, string> = {}): Promise<PanelServer> {
    const database = await createTestDatabase();
    const { path: dataDir, remove } = await temporaryDirectory();
    await writeSigningKey(dataDir);
    const environment = {
      DATABASE_URL: urlOf(database.connection),
      DATA_DIR: dataDir,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      // All tests come from one address.
      AUTH_THROTTLE: 'off',
      ...settings,
    };
    const server = new PanelServer(new Instance(environment, await freePort()), database, remove);
    await server.resume();
    server.adminAccount = await server.logIn(ADMIN);
    return server;
  }

  get admin(): Account {
    return this.adminAccount as Account;
  }

  /** Ends the process. Until `resume`, connections are refused. */
  async stop(): Promise<void> {
    await this.instance.end('SIGTERM');
  }

  /** Starts it again at the same port. Sessions go on. */
  async resume(): Promise<void> {
    await this.instance.start();
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.stop();
    await this.database.drop();
    await this.removeDataDir();
  }

  /** Reads and writes the database behind the API's back. */
  async sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Runs a statement in a transaction that stays open until the work is done. */
  async holding(text: string, values: unknown[], work: () => Promise<void>): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(text, values);
      await work();
    } finally {
      await client.query('COMMIT');
      client.release();
    }
  }

  /** A new session. */
  async logIn({ email, password }: Credentials): Promise<Account> {
    const api = createClient({ baseUrl: this.url });
    await api.auth.login({ body: { email, password } });
    return { email, password, id: (await api.account.get()).id, api };
  }

  /** A new user with a session. */
  async newUser(email = `${unique('user')}@example.com`): Promise<Account> {
    const credentials = { email, password: PASSWORD };
    await createClient({ baseUrl: this.url }).auth.register({ body: credentials });
    return this.logIn(credentials);
  }

  /** Loads a part of the Superstore, four stores with real names, prices and tags, as `npm run demo` does. */
  async loadSuperstore(owner: Credentials = ADMIN, itemsPerStore = 75): Promise<void> {
    const { email, password } = owner;
    const catalogue = readSuperstore().map((store) => ({
      ...store,
      products: store.products.slice(0, itemsPerStore),
    }));
    await loadCatalogue({ url: this.url, cli: CLI, email, password, catalogue });
  }

  /**
   * Makes a store with many items, each with one or two of its five tags.
   *
   * @returns the id of the store
   */
  async loadItems(count: number, owner: Account = this.admin): Promise<number> {
    const { id } = await owner.api.stores.create({ body: { name: unique('Large store') } });
    await this.sql(
      `INSERT INTO tags (name, store_id) SELECT name, $1 FROM unnest('{Garden,Home,New,Office,Sale}'::text[]) name`,
      [id],
    );
    await this.sql(
      `INSERT INTO items (name, price, sku, store_id)
       SELECT
         concat_ws(' ', ($3::text[])[1 + n % cardinality($3)], ($4::text[])[1 + n / 7 % cardinality($4)], n),
         (n * 37 % 99991)::numeric / 100, 'SKU-' || n, $1
       FROM generate_series(1, $2::int) n`,
      [id, count, MATERIALS, THINGS],
    );
    await this.sql(
      `INSERT INTO item_tags (item_id, tag_id, store_id)
       SELECT i.id, t.id, $1
       FROM items i JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM tags WHERE store_id = $1) t
         ON t.n IN (1 + i.id % 5, 1 + i.id % 3)
       WHERE i.store_id = $1`,
      [id],
    );
    await this.sql('ANALYZE items, tags, item_tags');
    return id;
  }
}

/** The compiled command line. */
const CLI = path.join(__dirname, '..', '..', 'dist', 'cli.js');

const MATERIALS = ['Oak', 'Pine', 'Steel', 'Glass', 'Linen', 'Leather', 'Copper'];
const THINGS = ['chair', 'table', 'lamp', 'shelf', 'mirror', 'bench', 'desk', 'stool', 'cabinet'];

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { LoginAddressesRepository } from '../src/auth/sessions/login-addresses.repository';
import { SessionsRepository } from '../src/auth/sessions/sessions.repository';
import { ThrottleRepository } from '../src/auth/throttling/throttle.repository';
import { type Caller } from '../src/common/access';
import { Database } from '../src/database/database';
import { ExportsRepository } from '../src/exports/exports.repository';
import { ChangesRepository } from '../src/history/changes.repository';
import { ImportLeftoversRepository } from '../src/imports/import-leftovers.repository';
import { FailedRowsRepository } from '../src/imports/failed-rows.repository';
import { ImportEventsRepository } from '../src/imports/import-events.repository';
import { EditWritesRepository } from '../src/imports/edits/edit-writes.repository';
import { ImportUndoRepository } from '../src/imports/import-undo.repository';
import { ImportsRepository } from '../src/imports/imports.repository';
import { ItemWritesRepository } from '../src/imports/item-writes.repository';
import { JobsRepository } from '../src/jobs/jobs.repository';
import { UndoRepository } from '../src/history/undo.repository';
import { IdempotencyKeysRepository } from '../src/idempotency/idempotency-keys.repository';
import { ItemTagsRepository } from '../src/items/item-tags.repository';
import { narrowToStore } from '../src/items/items.list';
import { ItemsRepository } from '../src/items/items.repository';
import { StoresRepository } from '../src/stores/stores.repository';
import { TagsRepository } from '../src/tags/tags.repository';
import { UsersRepository } from '../src/users/users.repository';
import { startApp, type TestApp } from './support/app';

/**
 * Every statement of every repository stands in a file beside it, so that a review shows what a change does to the SQL.
 * `npm run generate` writes the files.
 */
const IS_WRITING = process.env.WRITE_SQL === '1';

const SOURCES = path.join(__dirname, '..', 'src');

const CALLER: Caller = { userId: 1, role: 'user', sessionId: '00000000-0000-4000-8000-000000000000' };
const ROW = { id: 1, caller: CALLER };
const PAGE = { limit: 20, count: false, sort: 'id' };
const ATTEMPT = { sessionId: CALLER.sessionId, userId: 1, refreshId: CALLER.sessionId };
const NOON = new Date('2026-01-31T12:00:00Z');
const IMPORT = { id: 1, storeId: 1, hasTags: true, onExisting: 'update', transactionId: 7 };
const LINES = { from: 2, to: 10_001 };
const ITEM_PART = { from: 1, to: 10_000, count: 9_000 };
const TAG_OPTIONS = { tagMatch: 'all' };

/** Calls of one method, with a note on what sets each apart. All methods take the executor first. */
type Examples = Readonly<Record<string, readonly (readonly [note: string, ...args: unknown[]])[]>>;

interface Repository {
  /** without its ending, from src/ */
  file: string;
  type: new () => object;
  examples: Examples;
}

const REPOSITORIES: readonly Repository[] = [
  {
    file: 'users/users.repository',
    type: UsersRepository,
    examples: {
      insert: [['', { email: 'ada@example.com', passwordHash: 'hash', role: 'user' }]],
      find: [['', 1]],
      findByEmail: [['', 'ada@example.com']],
      findCredentials: [['', 'ada@example.com']],
      findAll: [['']],
      findPage: [
        ['', PAGE],
        ['of a role, with a word, by address', { ...PAGE, sort: 'email', role: 'admin', q: 'ada' }],
      ],
      findBeyondAscii: [['']],
      hasAdmin: [['']],
      hasAdminBeside: [['', 1]],
      lockRole: [['', 1]],
      lockAdmins: [['']],
      update: [['', { id: 1, passwordHash: 'hash' }, { email: 'ada@example.org', passwordHash: 'other' }]],
      delete: [['', { id: 1, passwordHash: 'hash' }]],
      findOwnedStores: [['', 1, 3]],
    },
  },
  {
    file: 'auth/sessions/sessions.repository',
    type: SessionsRepository,
    examples: {
      insert: [
        [
          '',
          { id: 1, passwordHash: 'hash' },
          { userAgent: null, ip: '192.0.2.1', address: '192.0.2.1', ttl: 60 },
          100,
        ],
      ],
      findLive: [['', 1]],
      findCaller: [['', CALLER.sessionId]],
      rotate: [['', ATTEMPT, { address: '192.0.2.1', ttl: 60 }]],
      findJustRotated: [['', ATTEMPT, 10]],
      delete: [['', { id: CALLER.sessionId, userId: 1 }]],
      deleteAll: [
        ['', 1],
        ['but one', 1, CALLER.sessionId],
      ],
      removeExpired: [['', 1000]],
    },
  },
  {
    file: 'auth/sessions/login-addresses.repository',
    type: LoginAddressesRepository,
    examples: { removeExpired: [['', 1000]] },
  },
  {
    file: 'auth/throttling/throttle.repository',
    type: ThrottleRepository,
    examples: {
      findLoginCounters: [['', 'ada@example.com', '192.0.2.1']],
      raise: [['', [{ key: 'refreshes 192.0.2.1', limit: { window: 60, count: 60 } }]]],
      forgive: [['', ['login ada 192.0.2.1'], 'login ada 192.0.2.1']],
      removeExpired: [['', 1000]],
    },
  },
  {
    file: 'idempotency/idempotency-keys.repository',
    type: IdempotencyKeysRepository,
    examples: {
      claim: [['', { userId: 1, key: 'k', fingerprint: 'f' }]],
      find: [['', { userId: 1, key: 'k', fingerprint: 'f' }]],
      insertAndCommit: [
        [
          '',
          { userId: 1, key: 'k', fingerprint: 'f' },
          { status: 201, location: '/items/1', etag: '"e"', body: '{}' },
        ],
      ],
      deleteExpired: [['', { userId: 1, key: 'k', fingerprint: 'f' }]],
      removeExpired: [['', 1000]],
    },
  },
  {
    file: 'items/items.repository',
    type: ItemsRepository,
    examples: {
      insert: [['', { name: 'Can', price: 1, sku: 'C', storeId: 1 }, CALLER]],
      findPage: [
        ['', { ...PAGE, ...TAG_OPTIONS }],
        ['of a store, by price', { ...PAGE, ...TAG_OPTIONS, sort: '-price', minPrice: '1' }, 1],
        ['with one tag', { ...PAGE, ...TAG_OPTIONS, tagId: [1] }],
        [
          'with words, a tag and without another',
          { ...PAGE, ...TAG_OPTIONS, q: 'can x', tag: ['a'], withoutTag: ['b'] },
        ],
        ['with any of two tags, counted', { ...PAGE, tagMatch: 'any', count: true, tag: ['a'], tagId: [1] }],
        ['with a SKU', { ...PAGE, ...TAG_OPTIONS, sku: 'C' }],
        ['page 3', { ...PAGE, ...TAG_OPTIONS, page: 3, sort: 'name' }],
      ],
      find: [['', 1]],
      findCurrent: [['', 1]],
      lock: [['', 1]],
      update: [
        ['of all members', ROW, { name: 'Can', price: 1, sku: null }],
        ['of one', ROW, { price: 1 }],
        ['of one, in a known version', { ...ROW, version: { row: '7', tags: '[{"id":1}]' } }, { price: 1 }],
      ],
      delete: [['', ROW]],
    },
  },
  {
    file: 'items/item-tags.repository',
    type: ItemTagsRepository,
    examples: {
      lockItem: [['', 1]],
      lockTags: [['', [1]]],
      lockTagsOf: [['', 1]],
      insert: [['', 1, 1, [1]]],
      count: [['', 1]],
      exists: [['', 1, 1]],
      delete: [['', 1, 1]],
      touchItem: [['', 1]],
    },
  },
  {
    file: 'stores/stores.repository',
    type: StoresRepository,
    examples: {
      insert: [['', { name: 'Shop' }, 1]],
      findPage: [
        ['', PAGE],
        ['of an owner, with a word, by name', { ...PAGE, sort: 'name', ownerId: 1, q: 'shop' }],
      ],
      find: [['', 1]],
      findCurrent: [['', 1]],
      lock: [['', 1]],
      update: [
        ['of all members', ROW, { name: 'Shop', ownerId: 1 }],
        ['of one, in a known version', { ...ROW, version: '7' }, { name: 'Shop' }],
      ],
      delete: [['', ROW]],
    },
  },
  {
    file: 'tags/tags.repository',
    type: TagsRepository,
    examples: {
      insert: [['', 1, { name: 'garden' }, CALLER]],
      countItems: [['', 1]],
      findPage: [
        ['', 1, PAGE],
        ['with a word, by name', 1, { ...PAGE, sort: 'name', q: 'gar' }],
      ],
      find: [['', 1]],
      findCurrent: [['', 1]],
      lock: [['', 1]],
      update: [['', ROW, { name: 'garden' }]],
      delete: [['', ROW]],
    },
  },
  {
    file: 'exports/exports.repository',
    type: ExportsRepository,
    examples: {
      stream: [
        ['as CSV', narrowToStore(1, TAG_OPTIONS), { storeId: 1, format: 'csv', formulas: 'keep' }],
        [
          'as CSV without formulas, with filters',
          narrowToStore(1, { ...TAG_OPTIONS, q: "it's", minPrice: '5', tag: ['garden'] }),
          { storeId: 1, format: 'csv', formulas: 'escape' },
        ],
        ['as NDJSON', narrowToStore(1, TAG_OPTIONS), { storeId: 1, format: 'ndjson', formulas: 'keep' }],
      ],
    },
  },
  {
    file: 'history/changes.repository',
    type: ChangesRepository,
    examples: {
      findPage: [
        ['of a store', { ...PAGE, sort: '-id', ofStore: 1 }],
        [
          'of a store, with filters',
          { ...PAGE, ofStore: 1, resource: 'item', resourceId: 1, actorId: 1, action: 'update' },
        ],
        [
          'of a store, by an import, in a time',
          { ...PAGE, ofStore: 1, importId: 1, since: NOON, until: NOON },
        ],
        ['of a store, but not of imports', { ...PAGE, sort: '-id', ofStore: 1, ofImports: 'none' }],
        [
          'of a store, with one change of each import, of one kind',
          { ...PAGE, sort: '-id', ofStore: 1, ofImports: 'last', resource: 'item' },
        ],
        ['of an item', { ...PAGE, sort: '-id', ofItem: 1 }],
      ],
      findUndoable: [['', 1]],
      findOwn: [['', { resource: 'item', resourceId: 1 }]],
      removeExpired: [['', 1000, 365]],
    },
  },
  {
    file: 'history/undo.repository',
    type: UndoRepository,
    examples: {
      restoreStore: [['', 1]],
      restoreItem: [['', 1]],
      restoreTag: [['', 1]],
      deleteItem: [['', 1]],
      deleteTag: [['', 1]],
      recreateItem: [['', 1]],
      recreateTag: [['', 1]],
    },
  },
  {
    file: 'jobs/jobs.repository',
    type: JobsRepository,
    examples: {
      insert: [['', { kind: 'import', queue: 'store 1', subjectId: 1 }]],
      hasDue: [['']],
      claim: [['', 2]],
      lock: [['', 1]],
      delete: [['', 1]],
      release: [['', 1, 2]],
      postpone: [['', 1, 2]],
    },
  },
  {
    file: 'imports/imports.repository',
    type: ImportsRepository,
    examples: {
      insert: [
        [
          '',
          { storeId: 1, actorId: 1, requestId: 'r', onError: 'abort', onExisting: 'update', dryRun: false },
        ],
      ],
      findPage: [['', 1, { ...PAGE, sort: '-id' }]],
      find: [['', 1]],
      findErrors: [['', 1, PAGE]],
      findChanges: [
        ['', 1, PAGE],
        ['of one kind', 1, { ...PAGE, action: 'insert' }],
      ],
      queue: [['', 1, { rows: 1, failed: 0, hasTags: true, header: ['name', 'price'], format: null }]],
      lock: [['', 1, 'queued']],
      finish: [['', 1, 'succeeded', { inserted: 1 }]],
      markLastChange: [['', 1]],
      countChanged: [['', 1]],
      countFailed: [['', 1]],
      findStoreOwner: [['', 1]],
      takeStoreOf: [['', 1]],
      cancel: [['', 1]],
      failReceiving: [['', 1, { line: 7, message: 'The file cannot be read.' }]],
      endAbandoned: [['']],
      requestCancel: [['', 1]],
      isCancelled: [['', 1]],
      reportArrival: [['', 1, 10]],
      reportRun: [['', 1, { rows: 10, processed: 5 }]],
      reportUndo: [['', 1, { rows: 10, processed: 5 }]],
      reportRest: [['', 1]],
      endProgress: [
        ['', 1, 'succeeded'],
        ['of a preview', 1, 'previewed'],
      ],
    },
  },
  {
    file: 'imports/import-leftovers.repository',
    type: ImportLeftoversRepository,
    examples: {
      removeExpired: [['', 365]],
      endPreviews: [['']],
      findLeftovers: [['', 365]],
      findOrphans: [['', { table: 'import_rows', column: 'line' }]],
      removeRows: [['of a preview', 1, { table: 'import_changes', column: 'id' }]],
      removeErrors: [['', 1]],
      removeLeftovers: [
        ['of one that is over', { id: 1, leftovers: 'all' }],
        ['of an old one', { id: 1, leftovers: 'errors' }],
      ],
      note: [['', 1, 'errors']],
    },
  },
  {
    file: 'imports/failed-rows.repository',
    type: FailedRowsRepository,
    examples: { findFile: [['', 1]], findRows: [['', 1, 0, 100]] },
  },
  {
    file: 'imports/import-events.repository',
    type: ImportEventsRepository,
    examples: { find: [['', 1]] },
  },
  {
    file: 'imports/item-writes.repository',
    type: ItemWritesRepository,
    examples: {
      prepareForAll: [['']],
      prepareForParts: [['']],
      setOrigin: [['', IMPORT, 1, 'r']],
      markDuplicates: [['', 1]],
      markExisting: [['', 1, 1]],
      collectErrors: [['', 1, 10_000]],
      lockItems: [['', 1, 1]],
      split: [['', 1, 10_000]],
      renewStatistics: [['']],
      plan: [['', IMPORT, LINES]],
      findTags: [
        ['', IMPORT],
        ['without those of items that exist', { ...IMPORT, onExisting: 'skip' }],
      ],
      makeTags: [['']],
      update: [['', IMPORT, LINES]],
      insert: [
        ['if some items exist', IMPORT, LINES, true],
        ['if none exists', IMPORT, LINES, false],
      ],
      splitPlan: [['', 1, 10_000]],
      findOutdated: [['', IMPORT, LINES, 20]],
    },
  },
  {
    file: 'imports/edits/edit-writes.repository',
    type: EditWritesRepository,
    examples: {
      insert: [
        [
          '',
          ROW,
          { actorId: 1, requestId: 'r', onError: 'abort', dryRun: false, edit: { filter: {}, change: {} } },
        ],
      ],
      lockTags: [['', 1, ['garden']]],
      collect: [
        [
          'with prices and tags',
          1,
          { price: { multiply: 1.05, round: 0.05 }, add_tags: ['garden'] },
          narrowToStore(1, { ...TAG_OPTIONS, minPrice: '5' }),
        ],
        ['for a deletion', 1, { delete: true }, narrowToStore(1, TAG_OPTIONS)],
      ],
      count: [['']],
      collectErrors: [['', 1, 10_000]],
      plan: [['', 1]],
      findOutdated: [['', 1, 20]],
      createTags: [['', 1, ['garden']]],
      update: [['', LINES]],
      link: [['', 1, { added: ['garden'], removed: ['sale'] }, LINES]],
      delete: [['', LINES]],
    },
  },
  {
    file: 'imports/import-undo.repository',
    type: ImportUndoRepository,
    examples: {
      isKept: [['', IMPORT, 1, 365]],
      collect: [['', IMPORT]],
      findConflicts: [['', 20]],
      listConflicts: [['', IMPORT, 10_000]],
      split: [['', 10_000]],
      deleteNew: [['', ITEM_PART]],
      recreateDeleted: [['', IMPORT, ITEM_PART]],
      restoreOld: [['', IMPORT, ITEM_PART]],
      deleteTags: [['', IMPORT]],
    },
  },
];

let app: TestApp;
const sent: string[] = [];

beforeAll(async () => {
  app = await startApp();
  const query = Reflect.get(pg.Client.prototype, 'query') as (...all: unknown[]) => unknown;
  jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | { text?: string }];
    const text = typeof first === 'string' ? first : (first.text ?? '');
    // A new connection of the pool begins with settings, which are nobody's statement.
    if (!text.startsWith('SET ')) sent.push(text);
    return query.apply(this, args) as undefined;
  });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await app.close();
});

/** The statements of one call. What they do to the empty database does not matter, and some are refused by it. */
async function statementsOf(repository: object, method: string, args: readonly unknown[]): Promise<string[]> {
  sent.length = 0;
  const call = (repository as Record<string, (...all: unknown[]) => Promise<unknown>>)[method];
  const database = app.app.get(Database);
  // A method that begins or ends a transaction shows its statement alone.
  const rows = database.rows.bind(database);
  const copyOut = (text: string) => Promise.resolve(sent.push(text));
  const executor = Object.assign(Object.create(database) as Database, { precede: rows, last: rows, copyOut });
  await call?.call(repository, executor, ...args).catch(() => undefined);
  return [...sent];
}

const indented = (statement: string) =>
  statement
    .trim()
    .split('\n')
    .map((line) => `  ${line.trim()}`)
    .join('\n');

async function sqlOf({ type, examples }: Repository): Promise<string> {
  const parts = [
    '-- Generated by `npm run generate`: what each method of the repository sends to PostgreSQL.',
  ];
  const repository = app.app.get<object>(type, { strict: false });
  for (const [method, calls] of Object.entries(examples)) {
    for (const [note, ...args] of calls) {
      const statements = await statementsOf(repository, method, args);
      expect({ method, count: statements.length }).not.toEqual({ method, count: 0 });
      parts.push(`-- ${method}${note === '' ? '' : ` ${note}`}\n${statements.map(indented).join(';\n')};`);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

it.each(REPOSITORIES)('the SQL of $file is as its file says', async (repository) => {
  const methods = Object.getOwnPropertyNames(repository.type.prototype).filter(
    (name) => name !== 'constructor',
  );
  expect(Object.keys(repository.examples).sort()).toEqual(methods.sort());

  const file = path.join(SOURCES, `${repository.file}.sql`);
  const sql = await sqlOf(repository);
  if (IS_WRITING) writeFileSync(file, sql);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(sql);
});

it('every repository is among them', () => {
  const files = readdirSync(SOURCES, { recursive: true }) as string[];
  const repositories = files.filter((file) => file.endsWith('.repository.ts'));
  expect(repositories.map((file) => file.replaceAll(path.sep, '/')).sort()).toEqual(
    REPOSITORIES.map(({ file }) => `${file}.ts`).sort(),
  );
});

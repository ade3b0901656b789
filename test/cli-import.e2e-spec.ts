import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { withClient } from './support/database';
import { createItem, createStore, PASSWORD, type TestStore, type TestUser } from './support/factories';
import { EmporiumProcess, temporaryDirectory } from './support/process';

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let store: TestStore;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  ({ app, owner, stranger } = await startCatalogue());
  folder = await temporaryDirectory();
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(async () => {
  await app.close();
  await folder.remove();
});

/** Starts a command of the owner, with this on its standard input. */
function start(args: string[], env: Record<string, string> = {}, input = ''): EmporiumProcess {
  const account = {
    EMPORIUM_URL: app.url,
    EMPORIUM_EMAIL: owner.email,
    EMPORIUM_PASSWORD: PASSWORD,
  };
  return EmporiumProcess.spawn({ ...account, ...env }, ['dist/cli.js', ...args], input);
}

async function emporium(args: string[], env?: Record<string, string>, input?: string) {
  const command = start(args, env, input);
  const status = await command.exited;
  const { stdout, stderr } = command;
  return { status, stdout, stderr };
}

const toStore = (file: string, ...options: string[]) => [
  'import',
  file,
  '--store',
  String(store.id),
  ...options,
];

async function fileOf(name: string, content: string): Promise<string> {
  const file = path.join(folder.path, name);
  await writeFile(file, content);
  return file;
}

const exported = async () => (await app.api.get(`/stores/${store.id}/items/export`)).text;
const imports = async () =>
  (await owner.api.get(`/stores/${store.id}/imports`)).body as {
    id: number;
    state: string;
    operation: string | null;
  }[];
const isToBeCancelled = async (id: number) => {
  const rows = await app.sql('SELECT FROM import_progress WHERE import_id = $1 AND is_cancelled', [id]);
  return rows.length > 0;
};
const idIn = (stdout: string) => /^Import (\d+) /.exec(stdout)?.[1] ?? '';

/** Waits for something that another process does. */
async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await sleep(20);
}

const HEADER = 'name,price,sku,tags\n';
const GOOD = `${HEADER}Watering can,12.50,WC-5,garden|sale\nRake,8.00,R-1,\n`;
const BAD = `${HEADER}Watering can,12.50,WC-5,garden\nSpade,9.999,S-1,\n,3.00,,\n`;

const DOCUMENTATION = readFileSync(path.join(__dirname, '..', 'docs', 'imports.md'), 'utf8');

/** The parameters of an example in docs/imports.md, as options. */
function documentedOptions(system: string): string[] {
  const [, section = ''] = DOCUMENTATION.split(`### ${system}\n`);
  const [, query = ''] = /\?(\S+)/.exec(section) ?? [];
  return [...new URLSearchParams(query)].flatMap(([name, value]) => [
    `--${name.replaceAll('_', '-')}`,
    value,
  ]);
}

const fixture = (system: string) => path.join(__dirname, 'fixtures', `${system.toLowerCase()}-products.csv`);

/** A row of the export for each system: its SKU, and the whole row. */
const ROWS: Readonly<Record<string, [sku: string, row: string]>> = {
  Shopify: ['TEE-M', 'Classic Tee,19.99,TEE-M,cotton|Sale|summer'],
  WooCommerce: ['beanie', 'Beanie,20.00,beanie,winter|wool'],
};

describe('emporium import', () => {
  it('imports a file, says how to take it back, and leaves no session behind', async () => {
    const sessions = async () => (await owner.api.get('/sessions')).body as unknown[];
    const before = (await sessions()).length;
    const { status, stdout, stderr } = await emporium(toStore(await fileOf('good.csv', GOOD)));
    const id = idIn(stdout);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout:
        `Import ${id} succeeded: 2 inserted, 0 updated, 0 unchanged.\n` +
        `To take it back:  emporium undo ${id} --url ${app.url} --email ${owner.email}\n`,
      stderr: '',
    });
    expect(await exported()).toBe(GOOD);
    expect(await sessions()).toHaveLength(before);
  });

  it('reads files of others from standard input, as the options say, with a token', async () => {
    const options = ['--map', 'name:Artikel', '--map', 'price:Preis', '--delimiter', ';', '--decimal', ','];
    const env = { EMPORIUM_TOKEN: owner.accessToken, EMPORIUM_EMAIL: '', EMPORIUM_PASSWORD: '' };
    const input = 'Artikel;Farbe;Preis\nHarke;rot;8,5\n';
    const { status, stderr } = await emporium(toStore('-', ...options), env, input);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await exported()).toBe(`${HEADER}Harke,8.50,,\n`);
  });

  it('knows NDJSON by the name of the file or by the beginning of standard input, or is told', async () => {
    const line = '{"name":"Rake","price":8,"sku":"R-1"}\n';
    expect((await emporium(toStore(await fileOf('items.ndjson', line)))).status).toBe(0);
    const told = await emporium(toStore('-', '--format', 'ndjson'), {}, line);
    expect(told.stdout).toContain('0 inserted, 0 updated, 1 unchanged');
    const named = await emporium(toStore(await fileOf('items.json', line), '--format', 'ndjson'));
    expect(named.stdout).toContain('0 inserted, 0 updated, 1 unchanged');
    const guessed = await emporium(toStore('-'), {}, `\ufeff\n ${line}`);
    expect(guessed).toMatchObject({ status: 0, stderr: '' });
    expect(guessed.stdout).toContain('0 inserted, 0 updated, 1 unchanged');
    const braces = `{,price,name\n,8,Rake\n`;
    const csv = await emporium(
      toStore('-', '--format', 'csv', '--map', 'name:name', '--map', 'price:price'),
      {},
      braces,
    );
    expect(csv.stdout).toContain('1 inserted, 0 updated, 0 unchanged');
  });

  it.each(['Shopify', 'WooCommerce'])(
    'reads a file of %s by the documented parameters as options',
    async (system) => {
      const done = await emporium(toStore(fixture(system), ...documentedOptions(system)));
      expect(done.stdout).toContain(': 10 inserted, 0 updated, 0 unchanged.');
      const [sku, row] = ROWS[system] ?? [];
      expect((await exported()).split('\n').find((line) => line.includes(`,${sku},`))).toBe(row);
    },
  );

  it('reads a file of Shopify by the documented command', async () => {
    const [, command = ''] =
      /^emporium import products\.csv --store 1 ([^]+?)\n```/m.exec(DOCUMENTATION) ?? [];
    const words = command.replaceAll('\\\n', ' ').match(/"[^"]*"|\S+/g) ?? [];
    const options = words.map((word) => word.replaceAll('"', ''));
    expect(options.slice(-2)).toEqual(['--empty-name', 'previous']);
    const { status, stdout } = await emporium(toStore(fixture('Shopify'), ...options));
    expect(status).toBe(0);
    expect(stdout).toContain(': 10 inserted, 0 updated, 0 unchanged.');
  });

  it('previews, and applies exactly that', async () => {
    const { id: itemId } = await createItem(store, { name: 'Watering can', price: 15.99, sku: 'WC-5' });
    const before = await exported();
    const { status, stdout, stderr } = await emporium(toStore(await fileOf('good.csv', GOOD), '--dry-run'));
    const id = idIn(stdout);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      `Import ${id} is a preview, and nothing is written yet.`,
      '',
      '1 to insert',
      '1 to update',
      '0 unchanged',
      '0 bad',
      '',
      expect.stringMatching(/^Line {2}Item +Change$/),
      expect.stringMatching(/^---- {2}/),
      expect.stringMatching(
        new RegExp(`^   2 +${itemId} {2}price 15.99 → 12.5, tags none → garden \\| sale$`),
      ),
      expect.stringMatching(/^ {3}3 {2}new +name Rake, price 8, sku R-1$/),
      '',
      `To apply it:  emporium apply ${id} --url ${app.url} --email ${owner.email}`,
      '',
    ]);
    expect(await exported()).toBe(before);
    const applied = await emporium(['apply', id]);
    expect(applied).toMatchObject({ status: 0, stderr: '' });
    expect(applied.stdout).toContain(`Import ${id} succeeded: 1 inserted, 1 updated, 0 unchanged.\n`);
    expect(await exported()).toBe(GOOD);
    expect(await emporium(['apply', id])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'emporium: The import is not a preview.\n',
    });
  });

  it('applies the preview of an edit, and says what it has deleted', async () => {
    await createItem(store, { name: 'Rake', price: 8 });
    const edit = { filter: {}, change: { delete: true }, dry_run: true };
    expect((await owner.api.post(`/stores/${store.id}/edits`, edit)).status).toBe(202);
    await until(async () => (await imports())[0]?.state === 'previewed');
    const { id = 0 } = (await imports())[0] ?? {};
    const { status, stdout } = await emporium(['apply', String(id)]);
    expect(status).toBe(0);
    expect(stdout).toContain(`Import ${id} succeeded: 1 deleted.\n`);
    expect(await exported()).toBe(HEADER);
  });

  it('tells every bad row by its line, and ends with status 1', async () => {
    const file = await fileOf('bad.csv', BAD);
    const errors = 'line 3: price must have at most 2 decimals\nline 4: name must have a visible character\n';
    const aborted = await emporium(toStore(file));
    expect(aborted).toMatchObject({ status: 1, stdout: '' });
    expect(aborted.stderr).toMatch(
      new RegExp(`^${errors}Import \\d+ failed: 2 of 3 rows are bad, so nothing `),
    );
    expect(await exported()).toBe(HEADER);
    const skipped = await emporium(toStore(file, '--on-error', 'skip'));
    expect(skipped).toMatchObject({ status: 1, stderr: errors });
    expect(skipped.stdout).toContain('2 of 3 rows are bad and left out, so the exit status is 1.\n');
    expect(await exported()).toBe(`${HEADER}Watering can,12.50,WC-5,garden\n`);
  });

  it('shows 20 errors, and counts the others', async () => {
    const file = await fileOf('worse.csv', HEADER + 'Spade,9.999,,\n'.repeat(30));
    const { stderr } = await emporium(toStore(file));
    expect(stderr.match(/^line \d+: price /gm)).toHaveLength(20);
    expect(stderr).toContain('\nand 10 more bad rows\n');
  });

  it.each<[string, string, () => string[], Record<string, string>, RegExp]>([
    ['a missing file', '', () => toStore('nowhere.csv'), {}, /^There is no file nowhere\.csv\.$/],
    ['a folder', '', () => toStore('src'), {}, /^src cannot be read: it is a folder\.$/],
    [
      'a wrong password',
      GOOD,
      () => toStore('-'),
      { EMPORIUM_PASSWORD: 'incorrect horse' },
      /^There is no account \S+ with this password\.$/,
    ],
    [
      'no password',
      GOOD,
      () => toStore('-'),
      { EMPORIUM_PASSWORD: '' },
      /set EMPORIUM_PASSWORD or EMPORIUM_TOKEN\.$/,
    ],
    ['no account', GOOD, () => toStore('-'), { EMPORIUM_EMAIL: '' }, /^Say who you are: with --email, /],
    [
      'a token that is none',
      GOOD,
      () => toStore('-'),
      { EMPORIUM_TOKEN: 'x' },
      /^A valid access token is required/,
    ],
    [
      'a store that is not there',
      GOOD,
      () => ['import', '-', '--store', '99999'],
      {},
      /^There is no such store\.$/,
    ],
    [
      'no server',
      GOOD,
      () => toStore('-'),
      { EMPORIUM_URL: 'http://127.0.0.1:9' },
      /^No server answers at http:\/\/127\.0\.0\.1:9 /,
    ],
    [
      'a file of JSON',
      '',
      () => toStore('package.json'),
      {},
      /^package\.json is neither CSV nor NDJSON by its name: say --format csv or --format ndjson\.$/,
    ],
    [
      'options of CSV for NDJSON',
      '',
      () => toStore('-', '--format', 'ndjson', '--delimiter', ';', '--encoding', 'windows-1252'),
      {},
      /^--delimiter and --encoding can only be said of CSV, and standard input is read as NDJSON\.$/,
    ],
    [
      'options of CSV for what begins as NDJSON',
      '{"name":"Rake","price":8}',
      () => toStore('-', '--map', 'name:Artikel'),
      {},
      /^--map can only be said of CSV, and standard input is read as NDJSON\.$/,
    ],
    ['no standard input', '', () => toStore('-'), {}, /^The file is empty: it has no header\.$/],
    ['no URL', GOOD, () => toStore('-'), { EMPORIUM_URL: 'shop' }, /^--url must be like /],
    [
      'a file without its columns',
      'a;b\n',
      () => toStore('-'),
      {},
      /^The header has no column "name", "price"\. Try /,
    ],
    [
      'a file cut off in a quote',
      `${HEADER}"Ra`,
      () => toStore('-'),
      {},
      /line 2 is never closed; perhaps the file is cut off\.$/,
    ],
  ])('refuses %s in one line', async (_what, input, args, env, message) => {
    const { status, stdout, stderr } = await emporium(args(), env, input);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const [line = '', ...others] = stderr.split('\n');
    expect(line.replace('emporium: ', '')).toMatch(message);
    expect(others).toEqual(['']);
    expect((await imports()).filter(({ state }) => state !== 'failed')).toEqual([]);
    expect(await exported()).toBe(HEADER);
  });

  it('refuses the store of another before it reads the file', async () => {
    const env = { EMPORIUM_EMAIL: stranger.email };
    const { status, stderr } = await emporium(toStore('-'), env, GOOD);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^emporium: [^\n]+\n$/);
    expect(await imports()).toEqual([]);
  });

  it('takes no password as an option', async () => {
    const { status, stderr } = await emporium(toStore('-', '--password', PASSWORD));
    expect(status).toBe(1);
    expect(stderr).toContain("unknown option '--password'");
  });

  it('leaves no items behind when it is interrupted while the file is sent', async () => {
    const file = path.join(folder.path, 'endless.csv');
    execFileSync('mkfifo', [file]);
    const command = start(toStore(file));
    const writer = await open(file, 'w');
    await writer.write(GOOD);
    await until(async () => (await imports()).length > 0);
    expect(await command.kill('SIGINT')).toBe(130);
    await writer.close();
    expect(command.output).toBe('');
    await until(async () => (await imports())[0]?.state === 'failed');
    expect(await exported()).toBe(HEADER);
  });

  describe('while the items are locked', () => {
    /** Runs `work` on an import that cannot go on. */
    const whileItWaits = (work: (command: EmporiumProcess, id: number) => Promise<void>) =>
      withClient(app.connection, async (client) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE items IN SHARE MODE');
        const command = start(toStore('-'), {}, GOOD);
        await until(async () => (await imports())[0]?.state === 'running');
        await work(command, (await imports())[0]?.id ?? 0);
        await client.query('ROLLBACK');
      });

    it('cancels the import when it is interrupted', async () => {
      let ended: Promise<number | string> | undefined;
      let command: EmporiumProcess | undefined;
      await whileItWaits(async (running, id) => {
        command = running;
        ended = running.kill('SIGINT');
        await until(() => isToBeCancelled(id));
        // The import looks once a second.
        await sleep(1500);
      });
      expect(await ended).toBe(130);
      expect(command?.output).toMatch(/^Import \d+ is cancelled, and nothing was written\.\n$/);
      expect(await exported()).toBe(HEADER);
    });

    it('ends at once at a second Ctrl-C', async () => {
      await whileItWaits(async (command, id) => {
        void command.kill('SIGINT');
        await until(() => isToBeCancelled(id));
        await sleep(600);
        expect(await command.kill('SIGINT')).toBe(130);
        expect(command.output).toBe('');
      });
    });
  });
});

describe('Ctrl-C, while the items are locked,', () => {
  /** Runs `work` on a command that waits, and is shown as this operation. */
  const whileItWaits = (
    args: string[],
    operation: string,
    work: (command: EmporiumProcess) => Promise<void>,
  ) =>
    withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE items IN SHARE MODE');
      const command = start(args);
      await until(async () => (await imports())[0]?.operation === operation);
      await work(command);
      await client.query('ROLLBACK');
    });

  it('cancels an apply', async () => {
    const id = idIn((await emporium(toStore('-', '--dry-run'), {}, GOOD)).stdout);
    let ended: Promise<number | string> | undefined;
    let command: EmporiumProcess | undefined;
    await whileItWaits(['apply', id], 'apply', async (running) => {
      command = running;
      ended = running.kill('SIGINT');
      await until(() => isToBeCancelled(Number(id)));
      // The apply looks once a second.
      await sleep(1500);
    });
    expect(await ended).toBe(130);
    expect(command?.output).toBe(`Import ${id} is cancelled, and nothing was written.\n`);
    expect((await imports())[0]).toMatchObject({ state: 'cancelled' });
    expect(await exported()).toBe(HEADER);
  });

  it('leaves an undo to the server, and says so', async () => {
    const id = idIn((await emporium(toStore('-'), {}, GOOD)).stdout);
    await whileItWaits(['undo', id], 'undo', async (command) => {
      expect(await command.kill('SIGINT')).toBe(130);
      expect(command.stdout).toBe('');
      expect(command.stderr.split('\n')).toEqual([
        `An undo cannot be cancelled, so the server goes on with that of import ${id}. ` +
          `${app.url}/imports/${id} and the admin panel tell how it ends.`,
        '',
      ]);
    });
    await until(async () => (await imports())[0]?.state === 'undone');
    expect(await exported()).toBe(HEADER);
  });
});

describe('emporium undo', () => {
  it('takes an import back', async () => {
    const { stdout } = await emporium(toStore('-'), {}, GOOD);
    const id = idIn(stdout);
    const undone = await emporium(['undo', id]);
    expect(undone).toEqual({ status: 0, stdout: `Import ${id} is undone.\n`, stderr: '' });
    expect(await exported()).toBe(HEADER);
    expect(await emporium(['undo', id])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^emporium: Only an import that has succeeded can be undone, /),
    });
  });

  it('leaves items alone that have changed since, if it is told to', async () => {
    const id = idIn((await emporium(toStore('-'), {}, GOOD)).stdout);
    const items = (await app.api.get(`/stores/${store.id}/items`)).body as { id: number }[];
    await owner.api.patch(`/items/${items[0]?.id ?? 0}`, { price: 1 });
    const refused = await emporium(['undo', id]);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('1 item has changed since the import, so nothing was undone');
    const skipped = await emporium(['undo', id, '--on-conflict', 'skip']);
    expect(skipped).toMatchObject({ status: 1, stdout: `Import ${id} is undone.\n` });
    expect(skipped.stderr).toMatch(
      /^item \d+ has changed since the import, and was left alone by the undo\n$/,
    );
    expect(await exported()).toBe(`${HEADER}Watering can,1.00,WC-5,garden|sale\n`);
  });

  it.each(['0', 'x', '-1', '1e3'])('refuses the id %s', async (id) => {
    const { status, stderr } = await emporium(['undo', '--', id]);
    expect(status).toBe(1);
    expect(stderr).toContain('It must be a whole number.');
  });
});

describe('emporium export', () => {
  const fromStore = (...options: string[]) => ['export', '--store', String(store.id), ...options];
  const nobody = { EMPORIUM_EMAIL: '', EMPORIUM_PASSWORD: '' };

  beforeEach(async () => {
    await emporium(toStore('-'), {}, `${GOOD}=SUM(A1),1.00,X-1,\n`);
  });

  it('writes the items to standard output, without an account', async () => {
    const { status, stdout, stderr } = await emporium(fromStore(), nobody);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: await exported(), stderr: '' });
  });

  it('has the filters and formats of the API', async () => {
    const filters = ['--tag', 'garden', '--tag', 'sale', '--max-price', '20', '--format', 'ndjson'];
    const { stdout } = await emporium(fromStore(...filters));
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ sku: 'WC-5' }]);
    const rest = await emporium(fromStore('--without-tag', 'garden', '--formulas', 'escape'));
    expect(rest.stdout).toBe(`${HEADER}Rake,8.00,R-1,\n'=SUM(A1),1.00,X-1,\n`);
  });

  it('writes a file, and replaces one only by a whole one', async () => {
    const file = await fileOf('export.csv', 'old');
    const failed = await emporium(fromStore('-o', file, '--min-price', 'x'));
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^emporium: The request is not valid: min_price must be /);
    expect(await readFile(file, 'utf8')).toBe('old');
    const { status, stdout, stderr } = await emporium(fromStore('-o', file));
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: '',
      stderr: `${file} is written (0.0 MB).\n`,
    });
    expect(await readFile(file, 'utf8')).toBe(await exported());
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('says where it cannot write', async () => {
    const { status, stderr } = await emporium(fromStore('-o', '/nowhere/items.csv'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^emporium: \/nowhere\/items\.csv cannot be written: [^\n]+\n$/);
  });
});

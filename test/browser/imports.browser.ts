import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import { type components } from '../../client/src';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, type PageOptions, useBrowser } from '../support/browser';
import { unique } from '../support/factories';
import { statuses } from '../support/page-faults';
import { type Account, PanelServer } from '../support/panel-server';
import { until } from '../support/patience';

type Import = components['schemas']['Import'];

const browser = useBrowser();
let server: PanelServer;
let owner: Account;
let storeId: number;
let canId: number;

beforeAll(async () => {
  server = await PanelServer.start();
});
beforeEach(async () => {
  owner = await server.newUser();
  storeId = (await owner.api.stores.create({ body: { name: unique('Shop') } })).id;
  const can = await owner.api.items.create({
    body: { name: 'Watering can', price: 15.99, sku: 'C-1', store_id: storeId },
  });
  canId = can.id;
});
afterAll(() => server.close());

/** Opens a page of the panel as somebody who has just logged in. */
async function openAs(account: Account, path: string, options: PageOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(`${server.url}/admin/#${path}`);
  const [email, password, submit] =
    options.language === 'de' ? ['E-Mail', 'Passwort', 'Anmelden'] : ['E-mail', 'Password', 'Log in'];
  await page.getByLabel(email).fill(account.email);
  await page.getByLabel(password).fill(account.password);
  await page.getByRole('button', { name: submit }).click();
  await page.locator('#main-content').waitFor();
  return page;
}

/** Statements whose transaction makes others wait that change the item $1. */
const LOCK = 'SELECT FROM items WHERE id = $1 FOR UPDATE';
const CHANGE = 'UPDATE items SET price = 33 WHERE id = $1';

const wizard = () => `/stores/${storeId}/imports/new`;
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });
const dialog = (page: Page) => page.getByRole('dialog');

async function choose(page: Page, content: string | Buffer, name = 'list.csv'): Promise<void> {
  const buffer = typeof content === 'string' ? Buffer.from(content) : content;
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer });
}

/** The texts of the cells of each row of a table. */
async function rowsOf(page: Page, region: string | RegExp): Promise<string[][]> {
  const rows = await page.getByRole('region', { name: region }).locator('tbody tr').all();
  return Promise.all(
    rows.map(async (row) =>
      (await row.locator('td').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim()),
    ),
  );
}

async function tells(page: Page, region: string | RegExp, rows: string[][]): Promise<void> {
  let found: string[][] = [];
  await until(`rows ${JSON.stringify(rows)}`, async () => {
    found = await rowsOf(page, region);
    return JSON.stringify(found) === JSON.stringify(rows);
  }).catch((error: unknown) => {
    expect(found).toEqual(rows);
    throw error;
  });
}

/** How many rows are new, changed, unchanged and bad. */
const counts = (page: Page) =>
  page
    .locator('dl dd')
    .allInnerTexts()
    .then((texts) => texts.map((text) => Number(text.replace(',', ''))));

const items = async () =>
  (await owner.api.items.list({ store_id: storeId, sort: 'id', limit: 100 })).rows.map(
    ({ name, price, sku, tags }) => [name, price, sku, tags.map((tag) => tag.name)],
  );
const latest = async (): Promise<Import> => {
  const { rows } = await owner.api.imports.listOfStore({ id: storeId });
  return rows[0] as Import;
};

/** As a German spreadsheet saves it: semicolons, decimal commas, windows-1252. */
const GERMAN = Buffer.from(
  'Artikelnummer;Bezeichnung;Preis (EUR);Lager\nC-1;Gie\xdfkanne;17,50;1\nH-1;"Schlauch ""gr\xfcn""";9,90;2\nB-1;Beutel;1.299,00;3\nS-1;Schaufel;12,345;4\n',
  'latin1',
);

/** Makes a preview by way of the API. */
async function preview(content: string, account = owner): Promise<Import> {
  const body = content as never;
  const { data } = await account.api.http.POST('/stores/{id}/imports', {
    params: { path: { id: storeId }, query: { dry_run: true, on_error: 'skip' } },
    body,
    bodySerializer: () => content,
    headers: { 'content-type': 'text/csv' },
  });
  const { id } = data as Import;
  let found = data as Import;
  await until('a preview', async () => {
    found = await account.api.imports.get({ id });
    return found.state === 'previewed';
  });
  return found;
}

describe('the import wizard', () => {
  it('guesses how a German spreadsheet is to be read, previews it, applies it and takes it back', async () => {
    const page = await openAs(owner, `/stores/${storeId}`);
    await page.getByRole('link', { name: 'Import a file' }).click();
    await choose(page, GERMAN);
    await heading(page, 'How the file is read').waitFor();
    expect(await page.getByLabel('Between fields').innerText()).toBe('Semicolon');
    expect(await page.getByLabel('Decimal sign').innerText()).toBe('Comma: 15,99');
    expect(await page.getByLabel('Encoding').innerText()).toContain('Windows-1252');
    const columnOf = (name: string) => page.getByLabel(`What the column ${name} is`).inputValue();
    expect(await Promise.all(['Artikelnummer', 'Bezeichnung', 'Preis (EUR)', 'Lager'].map(columnOf))).toEqual(
      ['sku', 'name', 'price', ''],
    );
    await tells(page, 'The first rows of the file', [
      ['C-1', 'Gießkanne', '17,50', '1'],
      ['H-1', 'Schlauch "grün"', '9,90', '2'],
      ['B-1', 'Beutel', '1.299,00', '3'],
      ['S-1', 'Schaufel', '12,345', '4'],
    ]);
    await page
      .getByText('One of the first prices has a sign for thousands (1.299,00) and is not read')
      .waitFor();
    await page.getByText('One of the first prices is not read, so its row is bad').waitFor();

    await button(page, 'Preview').click();
    await heading(page, 'Preview').waitFor();
    await page.getByText('Nothing is written yet.').waitFor();
    const { id, state } = await latest();
    expect(state).toBe('previewed');
    expect(page.url()).toContain(`#/stores/${storeId}/imports/${id}`);
    expect(await counts(page)).toEqual([1, 1, 0, 2]);
    await tells(page, 'What will change', [
      ['2', 'Watering can → Gießkanne C-1', '15.99', '17.50', '', 'changed'],
    ]);
    await page.getByLabel('Rows shown').click();
    await page.getByRole('option', { name: /^all/ }).click();
    await tells(page, 'What will change', [
      ['2', 'Watering can → Gießkanne C-1', '15.99', '17.50', '', 'changed'],
      ['3', 'Schlauch "grün" H-1', '–', '9.90', '', 'new'],
    ]);
    await tells(page, '2 bad rows', [
      ['4', 'Price', 'It has a sign for thousands, or its decimal sign is another one than you chose.'],
      ['5', 'Price', 'It has more than 2 decimals.'],
    ]);

    await page.reload();
    await heading(page, 'Preview').waitFor();
    await button(page, 'Apply without the 2 bad rows').click();
    await heading(page, 'Imported').waitFor();
    expect(await items()).toEqual([
      ['Gießkanne', 17.5, 'C-1', []],
      ['Schlauch "grün"', 9.9, 'H-1', []],
    ]);
    await until('the focus', () =>
      heading(page, 'Imported').evaluate((element) => element === document.activeElement),
    );

    await button(page, 'Undo the import').click();
    await until('the focus on the way out', () =>
      dialog(page)
        .getByRole('button', { name: 'Cancel' })
        .evaluate((element) => element === document.activeElement),
    );
    await dialog(page).getByText('New items: 1').waitFor();
    await dialog(page).getByRole('button', { name: 'Undo it' }).click();
    await heading(page, 'Undone').waitFor();
    expect(await items()).toEqual([['Watering can', 15.99, 'C-1', []]]);

    await page.getByRole('link', { name: 'All imports' }).click();
    await page.getByRole('cell', { name: 'Undone' }).waitFor();
  });

  it('puts the focus on the heading of the preview', async () => {
    const page = await openAs(owner, wizard());
    await choose(page, 'name,price\nBag,3\n');
    await button(page, 'Preview').press('Enter');
    const title = page.locator('h2[tabindex]');
    await until('the focus', () => title.evaluate((element) => element === document.activeElement));
    await heading(page, 'Preview').waitFor();
    expect(await title.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('takes a dropped file, and what the person chooses instead of the guess', async () => {
    const page = await openAs(
      owner,
      `/items?filter=${encodeURIComponent(JSON.stringify({ store_id: storeId }))}`,
    );
    await page.getByRole('link', { name: 'Import a file' }).click();
    await page.getByText('Drop a file here').waitFor();
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['what|cost|labels\nBag|3|new, old\n'], 'dropped.txt', { type: 'text/plain' }));
      return data;
    });
    await page.getByText('Drop a file here').dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByText('Choose the column for: Name, Price.').waitFor();
    expect(await button(page, 'Preview').isDisabled()).toBe(true);
    await page.getByLabel('What the column what is').selectOption('Name');
    await page.getByLabel('What the column cost is').selectOption('Price');
    await page.getByText('the tags of a row become one tag').waitFor();
    await page.getByLabel('What the column labels is').selectOption('(leave out)');
    await page.getByText('the tags of a row become one tag').waitFor({ state: 'detached' });
    await button(page, 'Preview').click();
    await button(page, 'Apply').click();
    await heading(page, 'Imported').waitFor();
    expect((await items())[1]).toEqual(['Bag', 3, null, []]);
    await page.getByRole('link', { name: 'Items', exact: true }).click();
    await page.getByText('Bag').first().waitFor();
  });

  it('takes NDJSON', async () => {
    const page = await openAs(owner, wizard());
    await choose(page, '{"name":"Can","price":16,"sku":"C-1","tags":["garden","new"]}\n', 'items.ndjson');
    await tells(page, 'The first rows of the file', [['Can', '16', 'C-1', 'garden|new']]);
    await button(page, 'Preview').click();
    await tells(page, 'What will change', [
      ['1', 'Watering can → Can C-1', '15.99', '16.00', '(empty) → garden, new', 'changed'],
    ]);
    await button(page, 'Apply').click();
    await heading(page, 'Imported').waitFor();
    expect(await items()).toEqual([['Can', 16, 'C-1', ['garden', 'new']]]);
  });

  it('tells why a file is refused, and keeps what was chosen', async () => {
    browser.allow(statuses(400));
    const page = await openAs(owner, wizard());
    await choose(page, `name,price\n${'Bag,3\n'.repeat(20)}Ba"g,3\n`);
    await button(page, 'Preview').click();
    await page.getByText('A field in line 22 has a quote but does not begin with one').waitFor();
    const refused = await latest();
    await choose(page, Buffer.from(`name,price\n${'Bag,3\n'.repeat(12_000)}B\xe4g,3\n`, 'latin1'));
    await button(page, 'Preview').click();
    await page.getByText('Line 12002 is not in the encoding that was chosen. Try Windows-1252').waitFor();
    await page.getByLabel('Encoding').click();
    await page.getByRole('option', { name: /^Windows-1252/ }).click();
    await button(page, 'Preview').click();
    await heading(page, 'Preview').waitFor();
    expect(await counts(page)).toEqual([12_001, 0, 0, 0]);
    await page.goto(`${server.url}/admin/#/stores/${storeId}/imports/${refused.id}`);
    await heading(page, 'Not imported').waitFor();
    await page.getByText('A field in line 22 has a quote but does not begin with one').waitFor();
  });

  it('finds the file as it was read on the way back from the preview, and does not send it again', async () => {
    const page = await openAs(owner, wizard());
    await choose(page, 'what,price\nBag,3\n');
    await page.getByLabel('What the column what is').selectOption('Name');
    await button(page, 'Preview').click();
    await heading(page, 'Preview').waitFor();
    const { id } = await latest();
    await page.goBack();
    await page.getByText('list.csv').waitFor();
    expect(await page.getByLabel('What the column what is').inputValue()).toBe('name');
    await page.goForward();
    await heading(page, 'Preview').waitFor();
    expect((await latest()).id).toBe(id);

    await page.goto(`${server.url}/admin/#/stores/${storeId}`);
    await page.getByRole('link', { name: 'Import a file' }).click();
    await page.getByText('Drop a file here').waitFor();
  });

  it('tells of a fault of the file in German', async () => {
    browser.allow(statuses(400));
    const page = await openAs(owner, wizard(), { language: 'de' });
    await choose(page, `name,price\n${'Bag,3\n'.repeat(20)}Ba"g,3\n`);
    await button(page, 'Vorschau').click();
    await page.getByText('Ein Feld in Zeile 22 enthält ein Anführungszeichen').waitFor();
    await keepPicture(page, 'imports-file-fault-german');
  });

  it('asks about prices that can have a sign for thousands, before anything is sent', async () => {
    const page = await openAs(owner, wizard());
    await choose(page, 'name\tprice\nSofa\t2.500\nTable\t1.250\nCan\t120\n');
    await page.getByText('2 of the first prices have a sign for thousands, such as 2.500').waitFor();
    await keepPicture(page, 'imports-thousands');
    await page.getByLabel('Decimal sign').click();
    await page.getByRole('option', { name: 'Point: 15.99' }).click();
    await page.getByText('have a sign for thousands').waitFor({ state: 'detached' });
  });

  it('tells what is wrong at the beginning of a large file: a browser sends all before it reads the answer', async () => {
    browser.allow(statuses(400));
    const page = await openAs(owner, wizard());
    await choose(page, `name,price\nBa"g,3\n${'Bag,3\n'.repeat(4_000_000)}`);
    await button(page, 'Preview').click();
    await page.getByText('A field in line 2 has a quote').waitFor();
  });

  it('refuses all if it is told to, and leads back to the file', async () => {
    const page = await openAs(owner, wizard());
    await choose(page, 'name,price\nBag,3\nHose,\n');
    await page.getByLabel('If rows are bad').click();
    await page.getByRole('option', { name: 'Import nothing' }).click();
    await button(page, 'Preview').click();
    await heading(page, 'Not imported').waitFor();
    await tells(page, 'One bad row', [['3', 'Price', 'It is missing.']]);
    await page.getByRole('link', { name: 'Back to the file' }).click();
    await page.getByText('list.csv').waitFor();
    expect(await page.getByLabel('If rows are bad').innerText()).toBe('Import nothing');
  });

  it('knows how Shopify writes, offers no column that it cannot send, and refuses what is no text', async () => {
    const page = await openAs(owner, wizard());
    await choose(
      page,
      'Handle,Title,Tags,Variant SKU,Variant Price,Image,Image,\nbag,Bag,"new, small",B-1,3,x,y,z\nbag,,,B-2,4,,,\n',
    );
    await heading(page, 'How the file is read').waitFor();
    expect(await page.getByLabel('Between tags').innerText()).toBe('Comma');
    expect(await page.getByLabel('A row without a name').innerText()).toBe('Belongs to the product above');
    const images = await page.getByLabel('What the column Image is').all();
    expect(await Promise.all(images.map((image) => image.isDisabled()))).toEqual([true, true]);
    await page.getByText('Its name is there twice.').first().waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'imports-shopify');

    await choose(page, Buffer.from('PK\x03\x04\x14\0'), 'list.xlsx');
    await page.getByText('This is no text file. Save it as CSV first.').waitFor();
    expect(await button(page, 'Preview').count()).toBe(0);
    await choose(page, '');
    await page.getByText('The file is empty.').waitFor();
    await choose(
      page,
      'Handle,Title,Tags,Variant SKU,Variant Price\nbag,Bag,"new, small",B-1,3\nbag,,,B-2,4\n',
    );
    await button(page, 'Preview').click();
    await button(page, 'Apply').click();
    await heading(page, 'Imported').waitFor();
    expect((await items()).slice(1)).toEqual([
      ['Bag', 3, 'B-1', ['new', 'small']],
      ['Bag', 4, 'B-2', ['new', 'small']],
    ]);
  });

  it('tells what is wrong with files that cannot be read at all', async () => {
    const faults: [string | Buffer, string][] = [
      [Buffer.from('\ufeffname,price\n', 'utf16le').swap16(), 'Save it as UTF-8 first.'],
      [Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'This is no text file.'],
      ['\n\n', 'The file is empty.'],
      ['sep=;\nname;price\nCan;1\n', 'The first line begins with “sep=”.'],
      ['[{"name":"Can","price":1}]', 'Save it as NDJSON first'],
    ];
    const page = await openAs(owner, wizard());
    for (const [content, text] of faults) {
      await choose(page, content);
      await page.getByRole('alert').getByText(text).waitFor();
      expect(await button(page, 'Preview').count()).toBe(0);
    }
    await choose(page, 'name,price\nCan,1\n');
    await button(page, 'Preview').waitFor();
    expect(await page.getByRole('alert').innerText()).toBe('');
  });

  it('tells that there is no such store, to an admin, too', async () => {
    browser.allow(statuses(404));
    for (const account of [owner, server.admin]) {
      const page = await openAs(account, '/stores/999999/imports/new');
      await page.getByText('The store does not exist any more.').waitFor();
      expect(await page.locator('input[type=file]').count()).toBe(0);
    }
  });

  it('takes a header that is longer than most files, and a name with a line break', async () => {
    const names = Array.from({ length: 5000 }, (_, n) => `attribute_value_${String(n).padStart(6, '0')}`);
    const page = await openAs(owner, wizard());
    await choose(page, `name,"price\n(EUR)",${names.join(',')}\nCan,1.50${',x'.repeat(5000)}\n`);
    await page.getByText('4962 more columns are not shown.').waitFor();
    await button(page, 'Preview').click();
    await heading(page, 'Preview').waitFor();
    expect(await counts(page)).toEqual([1, 0, 0, 0]);
  });

  it('is not for a stranger', async () => {
    browser.allow(statuses(403));
    const stranger = await server.newUser();
    const page = await openAs(stranger, `/stores/${storeId}`);
    await page.getByLabel('Name').waitFor();
    expect(await page.getByRole('link', { name: 'Import a file' }).count()).toBe(0);
    await page.goto(`${server.url}/admin/#${wizard()}`);
    await page.getByText('This store belongs to somebody else').waitFor();
    const { id } = await preview('name,price\nBag,3\n');
    for (const path of ['imports', `imports/${id}`]) {
      await page.goto(`${server.url}/admin/#/stores/${storeId}/${path}`);
      await page.getByText('You may not do that.').first().waitFor();
    }
  });
});

describe('the page of an import', () => {
  it('tells that a preview is outdated, and makes it again', async () => {
    browser.allow(statuses(409));
    const page = await openAs(owner, wizard());
    await choose(page, 'sku,name,price\nC-1,Watering can,20\n');
    await button(page, 'Preview').click();
    await heading(page, 'Preview').waitFor();
    const first = await latest();
    await owner.api.items.update({ id: canId, body: { price: 18 } });
    await button(page, 'Apply').click();
    await page.getByText('Items have changed since this preview was made').waitFor();
    await page.getByRole('link', { name: 'Preview again' }).click();
    await tells(page, 'What will change', [['2', 'Watering can C-1', '18.00', '20.00', '', 'changed']]);
    expect((await latest()).id).toBeGreaterThan(first.id);
    await button(page, 'Apply').click();
    await heading(page, 'Imported').waitFor();
    expect(await items()).toEqual([['Watering can', 20, 'C-1', []]]);
  });

  it('cancels a preview', async () => {
    const { id } = await preview('name,price\nBag,3\n');
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await button(page, 'Cancel').click();
    await heading(page, 'Cancelled').waitFor();
    expect((await latest()).state).toBe('cancelled');
    expect(await counts(page)).toEqual([]);
    await page.getByRole('link', { name: 'All imports' }).click();
    const row = page.getByRole('row', { name: /Cancelled/ });
    await row.waitFor();
    expect((await row.getByRole('cell').allInnerTexts()).slice(3)).toEqual(['1', '–', '–', '–', '–', '0']);
  });

  it('follows an import that goes on, also after a reload', async () => {
    const { id } = await preview('name,price\nBag,3\n');
    await server.sql(`UPDATE imports SET state = 'queued', processed = 0, rows = 4000 WHERE id = $1`, [id]);
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await page.getByText('4,000 rows are waiting.').waitFor();
    const report = (processed: number) =>
      server.sql(
        `INSERT INTO import_progress (import_id, rows, processed, running_at) VALUES ($1, 4000, $2, now() + interval '1 hour')
         ON CONFLICT (import_id) DO UPDATE SET processed = excluded.processed, running_at = excluded.running_at`,
        [id, processed],
      );
    await report(1000);
    await page.getByText('1,000 of 4,000 rows.').waitFor();
    await page.reload();
    await report(3000);
    await page.getByText('3,000 of 4,000 rows.').waitFor();
    expect(await page.getByRole('progressbar', { name: 'Progress' }).getAttribute('aria-valuenow')).toBe(
      '75',
    );
    await server.sql('DELETE FROM import_progress WHERE import_id = $1', [id]);
    await server.sql(`UPDATE imports SET state = 'previewed' WHERE id = $1`, [id]);
    await heading(page, 'Preview').waitFor();
  });

  it('follows an apply, also after a reload', async () => {
    const { id } = await preview('sku,name,price\nC-1,Watering can,20\n');
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await server.holding(LOCK, [canId], async () => {
      await button(page, 'Apply').click();
      await page.getByText('0 of 1 rows.').waitFor();
      expect(await button(page, 'Apply').count()).toBe(0);
      await page.reload();
      await page.getByText('0 of 1 rows.').waitFor();
    });
    await heading(page, 'Imported').waitFor();
    expect(await items()).toEqual([['Watering can', 20, 'C-1', []]]);
  });

  it('tells that an apply was refused after a while', async () => {
    browser.allow(statuses(409));
    const { id } = await preview('sku,name,price\nC-1,Watering can,20\n');
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await server.holding(CHANGE, [canId], async () => {
      await button(page, 'Apply').click();
      await page.getByText('0 of 1 rows.').waitFor();
    });
    await page.getByText('Items have changed since this preview was made').waitFor();
    await heading(page, 'Preview').waitFor();
  });

  it('follows an undo, which may be refused after a while', async () => {
    browser.allow(statuses(409));
    const { id } = await preview('sku,name,price\nC-1,Watering can,20\nH-1,Hose,9\n');
    await owner.api.imports.apply({ id });
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await server.holding(CHANGE, [canId], async () => {
      await button(page, 'Undo the import').click();
      await dialog(page).getByRole('button', { name: 'Undo it' }).click();
      await page.getByText('What it had changed is being taken back.').waitFor();
      expect(await button(page, 'Cancel the import').count()).toBe(0);
    });
    await dialog(page).getByText('Some items have changed since').waitFor();
    await dialog(page).getByRole('button', { name: 'Undo all others' }).click();
    await heading(page, 'Undone').waitFor();
    expect(await items()).toEqual([['Watering can', 33, 'C-1', []]]);
  });

  it('shows an undo that began in another window, also after a reload', async () => {
    const { id } = await preview('sku,name,price\nC-1,Watering can,20\n');
    await owner.api.imports.apply({ id });
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await heading(page, 'Imported').waitFor();
    await server.holding(LOCK, [canId], async () => {
      const undone = owner.api.imports.undo({ id });
      undone.catch(() => undefined);
      await page.getByText('What it had changed is being taken back.').waitFor();
      await page.reload();
      await page.getByText('What it had changed is being taken back.').waitFor();
    });
    await heading(page, 'Undone').waitFor();
    expect(await items()).toEqual([['Watering can', 15.99, 'C-1', []]]);
  });

  it('leaves items alone that have changed since, if the person wants the others undone', async () => {
    browser.allow(statuses(409));
    const { id } = await preview('sku,name,price\nC-1,Watering can,20\nH-1,Hose,9\n');
    await owner.api.imports.apply({ id });
    await owner.api.items.update({ id: canId, body: { price: 21 } });
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await button(page, 'Undo the import').click();
    await dialog(page).getByRole('button', { name: 'Undo it' }).click();
    await dialog(page).getByText('Some items have changed since').waitFor();
    await until('the focus on the way out', () =>
      dialog(page)
        .getByRole('button', { name: 'Cancel' })
        .evaluate((element) => element === document.activeElement),
    );
    expect(await items()).toHaveLength(2);
    await dialog(page).getByRole('button', { name: 'Undo all others' }).click();
    await heading(page, 'Undone').waitFor();
    await page.getByText('What the import had changed is as it was before, except for items').waitFor();
    const label = 'One item has changed since, and was left alone';
    await heading(page, label).waitFor();
    expect(await page.getByRole('region', { name: label }).getByRole('columnheader').allInnerTexts()).toEqual(
      ['Item'],
    );
    expect(await rowsOf(page, /left alone/)).toEqual([
      [`Item ${canId} has changed since, and was left alone by the undo.`],
    ]);
    expect(await items()).toEqual([['Watering can', 21, 'C-1', []]]);
    await expectAccessible(page);
    await keepPicture(page, 'imports-left-alone');
    await page.getByRole('link', { name: String(canId), exact: true }).click();
    await page.waitForURL(new RegExp(`#/items/${canId}$`));
  });

  it('tells of items that were left alone also if rows of the file were bad', async () => {
    const { id } = await preview('sku,name,price\nC-1,Watering can,20\nH-1,Hose,x\n');
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await tells(page, 'One bad row', [
      ['3', 'Price', 'It must be a number in plain digits, without a currency.'],
    ]);
    await owner.api.imports.apply({ id });
    await owner.api.items.update({ id: canId, body: { price: 21 } });
    await owner.api.imports.undo({ id, on_conflict: 'skip' });
    await page.getByText('is as it was before, except for items').waitFor();
    await tells(page, 'One bad row', [
      ['3', 'Price', 'It must be a number in plain digits, without a currency.'],
      ['', '', `Item ${canId} has changed since, and was left alone by the undo.`],
    ]);
  });

  it('says how many bad rows are kept, if there are more', async () => {
    const { id } = await preview('name,price\nBag,x\nHose,9\n');
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    await heading(page, 'One bad row').waitFor();
    expect(await page.getByText('Only the first').count()).toBe(0);
    await server.sql('UPDATE imports SET failed = 10001 WHERE id = $1', [id]);
    await page.getByText('Only the first 10,000 are listed and can be downloaded.').waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'imports-many-bad-rows');
  });

  it('turns the pages of changes and errors, and asks for the bad rows as CSV', async () => {
    const lines = Array.from({ length: 60 }, (_, n) => `Bag ${n},${n % 2 === 0 ? n : 'x'}`);
    const { id } = await preview(`name,price\n${lines.join('\n')}\n`);
    const page = await openAs(owner, `/stores/${storeId}/imports/${id}`);
    const regions = [/^What will change/, /^30 bad rows/];
    for (const region of regions)
      await until('a page', async () => (await rowsOf(page, region)).length === 25);
    for (const next of await page.getByRole('button', { name: 'Go to next page' }).all()) await next.click();
    for (const region of regions)
      await until('a page', async () => (await rowsOf(page, region)).length === 5);

    let accepted: string | undefined;
    await page.route('**/imports/*/errors', async (route) => {
      accepted = route.request().headers().accept;
      await route.fulfill({ contentType: 'text/csv', body: 'name,price,error\nBag 1,x,no\n' });
    });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button(page, 'Download the bad rows').click(),
    ]);
    expect(accepted).toBe('text/csv');
    expect(download.suggestedFilename()).toBe(`import-${id}-errors.csv`);
    expect(readFileSync(await download.path(), 'utf8')).toBe('name,price,error\nBag 1,x,no\n');
  });
});

describe('the pages of imports', () => {
  it.each<PageOptions & { name: string }>([
    { name: 'desk-light', theme: 'light', width: 'desk' },
    { name: 'desk-dark', theme: 'dark', width: 'desk' },
    { name: 'phone-light', theme: 'light', width: 'phone', language: 'de' },
    { name: 'phone-dark', theme: 'dark', width: 'phone', language: 'de' },
  ])('are accessible, and fit the window: $name', async ({ name, ...options }) => {
    browser.allow(statuses(400, 409));
    const isGerman = options.language === 'de';
    const say = (english: string, german: string) => (isGerman ? german : english);
    const page = await openAs(owner, wizard(), options);
    const check = async (picture: string) => {
      await page.waitForLoadState('networkidle');
      await keepPicture(page, `imports-${name}-${picture}`, { fullPage: true });
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        page.viewportSize()?.width ?? 0,
      );
    };
    await button(page, say('Choose a file', 'Datei auswählen')).waitFor();
    await check('1-empty');
    await choose(page, GERMAN);
    await heading(page, say('How the file is read', 'Wie die Datei gelesen wird')).waitFor();
    await check('2-guess');
    await page.getByLabel(say('What the column Lager is', 'Was die Spalte Lager ist')).selectOption('tags');
    await button(page, say('Preview', 'Vorschau')).click();
    await heading(page, say('Preview', 'Vorschau')).waitFor();
    await page.getByRole('region', { name: say('2 bad rows', '2 fehlerhafte Zeilen') }).waitFor();
    await page.getByLabel(say('Rows shown', 'Gezeigte Zeilen')).click();
    await page.getByRole('option', { name: say('all', 'alle'), exact: true }).click();
    await check('3-preview');
    await owner.api.items.update({ id: canId, body: { price: 18 } });
    await button(page, say('Apply without', 'Ohne die')).click();
    await page.getByRole('link', { name: say('Preview again', 'Vorschau noch einmal') }).waitFor();
    await check('4-outdated');
    await page.getByRole('link', { name: say('Preview again', 'Vorschau noch einmal') }).click();
    await button(page, say('Apply without', 'Ohne die')).click();
    await heading(page, say('Imported', 'Importiert')).waitFor();
    await check('5-imported');
    await button(page, say('Undo the import', 'Import rückgängig machen')).click();
    await dialog(page).waitFor();
    await check('6-undo');
    await owner.api.items.update({ id: canId, body: { price: 19 } });
    await dialog(page)
      .getByRole('button', { name: say('Undo it', 'Rückgängig machen') })
      .click();
    await dialog(page)
      .getByRole('button', { name: say('Undo all others', 'Alle anderen') })
      .waitFor();
    await check('7-changed-since');
    await dialog(page)
      .getByRole('button', { name: say('Cancel', 'Abbrechen') })
      .click();
    const { id } = await latest();
    await server.sql(`UPDATE imports SET state = 'queued' WHERE id = $1`, [id]);
    await page.reload();
    await heading(page, say('Waiting', 'Wartet')).waitFor();
    await page.locator('main [role=progressbar]').waitFor();
    await keepPicture(page, `imports-${name}-8-waiting`, { fullPage: true });
    await expectAccessible(page);
    await server.sql(`UPDATE imports SET state = 'succeeded' WHERE id = $1`, [id]);
    await page.goto(`${server.url}/admin/#/stores/${storeId}/imports`);
    await page.getByRole('table').waitFor();
    await check('9-list');
  });
});

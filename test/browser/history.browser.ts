import { type Page } from 'playwright-core';
import { type components } from '../../client/src';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, type PageOptions, useBrowser } from '../support/browser';
import { unique } from '../support/factories';
import { LOST_CONNECTION, statuses } from '../support/page-faults';
import { type Account, PanelServer } from '../support/panel-server';
import { until } from '../support/patience';

type Item = components['schemas']['Item'];

const browser = useBrowser();
let server: PanelServer;
let owner: Account;
let storeId: number;
let can: Item;

beforeAll(async () => {
  server = await PanelServer.start();
});
beforeEach(async () => {
  owner = await server.newUser();
  storeId = (await owner.api.stores.create({ body: { name: unique('Shop') } })).id;
  can = await owner.api.items.create({
    body: { name: 'Watering can', price: 15.99, sku: 'C-1', store_id: storeId },
  });
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

const ofStore = () => `/stores/${storeId}/history`;
const ofItem = () => `/items/${can.id}/history`;
const entries = (page: Page) => page.locator('ol > li');
const entry = (page: Page, text: string | RegExp) => entries(page).filter({ hasText: text }).first();
const undoOf = (page: Page, text: string | RegExp) =>
  entry(page, text).getByRole('button', { name: /^Undo/ });
const dialog = (page: Page) => page.getByRole('dialog');
const confirm = (page: Page) => dialog(page).getByRole('button', { name: 'Undo it' });

/** Waits until the first line of each entry is this, the latest first. */
async function tells(page: Page, ...lines: (string | RegExp)[]): Promise<void> {
  const shown = async () =>
    (await entries(page).allInnerTexts()).map((text) => (text.split('\n')[0] ?? '').trim());
  await until(`entries ${lines.join(', ')}`, async () => {
    const texts = await shown();
    return (
      texts.length === lines.length &&
      lines.every((line, n) => (typeof line === 'string' ? texts[n] === line : line.test(texts[n] ?? '')))
    );
  });
}

async function linkTag(name: string): Promise<number> {
  const { id } = await owner.api.tags.create({ id: storeId, body: { name } });
  await owner.api.items.linkTags({ id: can.id, body: { tags: [id] } });
  return id;
}

/** Imports a file, and waits until that is done. @returns its id */
async function importFile(content: string): Promise<number> {
  const { data } = await owner.api.http.POST('/stores/{id}/imports', {
    params: { path: { id: storeId } },
    body: content as never,
    bodySerializer: () => content,
    headers: { 'content-type': 'text/csv' },
  });
  const { id } = data as { id: number };
  await until('an import', async () => (await owner.api.imports.get({ id })).state === 'succeeded');
  return id;
}

describe('the history of an item', () => {
  it('tells a new price, and undoes it', async () => {
    const page = await openAs(owner, `/items/${can.id}`);
    await page.getByLabel('Price').fill('16.99');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Element updated').waitFor();
    await page.goto(`${server.url}/admin/#/items/${can.id}`);
    await page.getByRole('link', { name: 'History' }).click();
    expect(page.url()).toContain(`#${ofItem()}`);
    await tells(page, /^Price 15\.99 →.* 16\.99$/, 'Item Watering can created');
    await entry(page, '16.99').getByText('you', { exact: false }).waitFor();

    await undoOf(page, '16.99').click();
    await dialog(page).getByText('gets its former values back').waitFor();
    await dialog(page).getByText('15.99').waitFor();
    await confirm(page).click();
    await page.getByText('Undone: the item “Watering can” has its former values again.').waitFor();
    await tells(page, /^Price 16\.99 →.* 15\.99$/, /^Price 15\.99 →.* 16\.99$/, 'Item Watering can created');
    expect((await owner.api.items.get({ id: can.id })).price).toBe(15.99);
    await entry(page, /15\.99 →.* 16\.99/)
      .getByText('Changed since')
      .waitFor();
    expect(
      await entries(page)
        .nth(1)
        .evaluate((element) => element === document.activeElement),
    ).toBe(true);

    await page.getByRole('link', { name: 'Open the item' }).click();
    await until('the old price', async () => (await page.getByLabel('Price').inputValue()) === '15.99');
  });

  it('tells and undoes a link', async () => {
    await linkTag('garden');
    const page = await openAs(owner, ofItem());
    await tells(page, 'Tag garden linked', 'Item Watering can created');
    await undoOf(page, 'garden').click();
    await dialog(page).getByText('The tag “garden” is taken off the item “Watering can”.').waitFor();
    await confirm(page).click();
    await tells(page, 'Tag garden unlinked', 'Tag garden linked', 'Item Watering can created');
    expect((await owner.api.items.get({ id: can.id })).tags).toEqual([]);
  });

  it('leads to the history of the store if its creation is undone', async () => {
    const page = await openAs(owner, ofItem());
    await undoOf(page, 'created').click();
    await confirm(page).click();
    await page.getByText('Undone: the item “Watering can” is deleted.').waitFor();
    await tells(page, 'Item Watering can deleted', 'Item Watering can created', /^Store Shop.* created$/);
    browser.allow(statuses(404));
    await page.goto(`${server.url}/admin/#${ofItem()}`);
    await page.getByText('The item does not exist any more.').waitFor();
  });
});

describe('the history of a store', () => {
  it('brings a deleted item back, and leads to it', async () => {
    browser.allow(statuses(404));
    await linkTag('garden');
    const page = await openAs(owner, `/items/${can.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    await until('the item is deleted', () =>
      owner.api.items.get({ id: can.id }).then(
        () => false,
        () => true,
      ),
    );

    await page.goto(`${server.url}/admin/#/stores/${storeId}`);
    await page.getByRole('link', { name: 'History' }).click();
    await undoOf(page, 'Item Watering can deleted').click();
    await dialog(page).getByText('The item “Watering can” comes back').waitFor();
    await confirm(page).click();
    await page.getByText('Undone: the item “Watering can” is back.').waitFor();
    await page.getByRole('status').getByRole('link', { name: 'Open the item' }).click();
    await page.getByRole('button', { name: 'garden' }).waitFor();
    expect(await page.getByLabel('Price').inputValue()).toBe('15.99');
    expect(await owner.api.items.get({ id: can.id })).toMatchObject({ id: can.id, price: 15.99, sku: 'C-1' });
  });

  it('tells why an undo is refused', async () => {
    browser.allow(statuses(404, 409));
    await owner.api.items.update({ id: can.id, body: { price: 17 } });
    await owner.api.items.update({ id: can.id, body: { sku: 'C-2' } });
    const page = await openAs(owner, ofStore());
    await undoOf(page, '17.00').waitFor();
    await owner.api.items.update({ id: can.id, body: { price: 18 } });
    await undoOf(page, '17.00').click();
    await confirm(page).click();
    await dialog(page).getByText('Nothing was undone. What it touched has changed since').waitFor();
    await dialog(page).getByRole('button', { name: 'Close' }).click();
    await entry(page, '18.00').waitFor();
    await entry(page, /15\.99 →.* 17\.00/)
      .getByText('Changed since')
      .waitFor();

    await owner.api.items.create({ body: { name: 'Other can', price: 1, sku: 'C-1', store_id: storeId } });
    await undoOf(page, 'C-2').click();
    await confirm(page).click();
    await dialog(page).getByText('Another item of the store has this SKU.').waitFor();
    await dialog(page).getByRole('button', { name: 'Close' }).click();

    const tagId = await linkTag('garden');
    await page.reload();
    await undoOf(page, 'Tag garden created').click();
    await confirm(page).click();
    await dialog(page).getByText('Items hold this tag.').waitFor();
    expect((await owner.api.tags.get({ id: tagId })).name).toBe('garden');
    expect((await owner.api.items.get({ id: can.id })).sku).toBe('C-2');
  });

  it('undoes once if the answer is lost', async () => {
    browser.allow(LOST_CONNECTION, statuses(502), /net::ERR_FAILED/);
    await owner.api.items.update({ id: can.id, body: { price: 17 } });
    const page = await openAs(owner, ofStore());
    const keys: (string | undefined)[] = [];
    await page.route('**/changes/*/undo', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      await route.fetch();
      await route.abort('failed');
    });
    await undoOf(page, '17.00').click();
    await confirm(page).click();
    await dialog(page).getByText('The server does not answer.').waitFor();
    await page.unroute('**/changes/*/undo');
    const sent = page.waitForRequest('**/changes/*/undo');
    await confirm(page).click();
    keys.push((await sent).headers()['idempotency-key']);
    await page.getByText('Undone: the item “Watering can” has its former values again.').waitFor();
    expect(new Set(keys).size).toBe(1);
    const { rows } = await owner.api.changes.listOfItem({ id: can.id });
    expect(rows.map(({ changes }) => changes.price)).toEqual([
      [17, 15.99],
      [15.99, 17],
      [null, 15.99],
    ]);
  });

  it('filters by kind of resource, kind of change and period, in an address that can be shared', async () => {
    await linkTag('garden');
    await owner.api.items.update({ id: can.id, body: { price: 17 } });
    await server.sql(
      `UPDATE changes SET at = at - interval '40 days' WHERE store_id = $1 AND resource = 'store'`,
      [storeId],
    );
    const page = await openAs(owner, ofStore());
    await tells(
      page,
      'Item Watering can changed',
      'Tag garden linked to item Watering can',
      'Tag garden created',
      'Item Watering can created',
      /^Store Shop.* created$/,
    );
    expect(await undoOf(page, /^Store/).count()).toBe(0);
    await page.getByLabel('Changes of').click();
    await page.getByRole('option', { name: 'items', exact: true }).click();
    await tells(page, 'Item Watering can changed', 'Item Watering can created');
    await page.getByLabel('Kind').click();
    await page.getByRole('option', { name: 'changed' }).click();
    await tells(page, 'Item Watering can changed');
    await page.reload();
    await tells(page, 'Item Watering can changed');
    await page.getByLabel('To', { exact: true }).fill('2020-01-31');
    await page.getByText('No change fits these filters.').waitFor();
    await page.getByRole('button', { name: 'Remove all filters' }).click();
    const lastWeek = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('To', { exact: true }).fill(lastWeek);
    await tells(page, /^Store Shop.* created$/);
    await page.getByLabel('To', { exact: true }).fill('');
    await page.getByLabel('From', { exact: true }).fill(lastWeek);
    await until('four changes', async () => (await entries(page).count()) === 4);
  });

  it('loads more, and puts the focus on the first of them', async () => {
    await server.sql(
      `INSERT INTO items (name, price, store_id) SELECT 'Bulk ' || lpad(n::text, 2, '0'), n, $1 FROM generate_series(1, 30) n`,
      [storeId],
    );
    const page = await openAs(owner, ofStore());
    await entry(page, 'directly in the database').waitFor();
    await until('one page', async () => (await entries(page).count()) === 25);
    await page.getByRole('button', { name: 'Load more' }).press('Enter');
    await page.getByText('There are no older changes.').waitFor();
    expect(await entries(page).count()).toBe(32);
    await until('the focus', () =>
      entries(page)
        .nth(25)
        .evaluate((element) => element === document.activeElement),
    );
  });

  it('shows an import as one entry, which can be opened, and reads on past it', async () => {
    browser.allow(statuses(404));
    await server.sql(
      `INSERT INTO tags (name, store_id) SELECT 'Old ' || n, $1 FROM generate_series(1, 30) n`,
      [storeId],
    );
    const lines = Array.from({ length: 1200 }, (_, n) => `Bag ${n},${n}`).join('\n');
    const made = await importFile(`name,price,sku\n${lines.replaceAll('\n', ',\n')},\nCan,17,C-1\n`);
    await owner.api.items.update({ id: can.id, body: { price: 18 } });
    const page = await openAs(owner, ofStore());
    await entry(page, /^Import \d+: 1,201 items/).waitFor();
    await until('one page', async () => (await entries(page).count()) === 25);
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByText('There are no older changes.').waitFor();
    expect(await entries(page).count()).toBe(34);
    await entry(page, 'Item Watering can created').waitFor();

    const imported = entry(page, /^Import/);
    await imported.getByText('you', { exact: false }).waitFor();
    await imported.getByRole('button', { name: /^Show the changes/ }).click();
    await until('its first changes', async () => (await imported.locator('ol > li').count()) === 25);
    await imported.getByText('Item Bag 1199 created').waitFor();
    await keepPicture(page, 'history-import');
    await expectAccessible(page);
    await imported.getByRole('button', { name: 'Load more' }).press('Enter');
    await until('more of them', async () => (await imported.locator('ol > li').count()) === 50);
    await until('the focus', () =>
      imported
        .locator('ol > li')
        .nth(25)
        .evaluate((element) => element === document.activeElement),
    );
    await imported.getByRole('button', { name: /^Undo Item Bag 1199 created/ }).click();
    await dialog(page).getByText('The item “Bag 1199” is deleted.').waitFor();
    await confirm(page).click();
    await imported.getByText('Undone: the item “Bag 1199” is deleted.').waitFor();
    await entry(page, 'Item Bag 1199 deleted').waitFor();
    await imported.getByRole('button', { name: /^Hide the changes/ }).click();
    await until('only the entry', async () => (await imported.locator('ol > li').count()) === 0);

    await page.getByLabel('Changes of').click();
    await page.getByRole('option', { name: 'items', exact: true }).click();
    await page.getByLabel('Kind').click();
    await page.getByRole('option', { name: 'changed' }).click();
    await tells(page, 'Item Can changed', /^Import \d+: 1,201 items$/);
    await page.getByText('Imports and changes of many items are always listed.').waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'history-imports-listed');
    await imported.getByRole('button', { name: /^Show the changes/ }).click();
    await imported.getByText('Item Can changed').waitFor();
    expect(await imported.locator('ol > li').count()).toBe(1);
    await imported.getByRole('link', { name: /^Import/ }).click();
    expect(page.url()).toContain(`#/stores/${storeId}/imports/${made}`);
  });

  it('tells an import from its undo', async () => {
    browser.allow(statuses(404));
    const made = await importFile('name,price\nBag,3\n');
    await owner.api.imports.undo({ id: made });
    const page = await openAs(owner, ofStore());
    await tells(
      page,
      /^Import \d+ undone$/,
      /^Import \d+: one item, undone later$/,
      'Item Watering can created',
      /^Store Shop.* created$/,
    );
    for (const [place, text] of [
      [1, 'Item Bag created'],
      [0, 'Item Bag deleted'],
    ] as const) {
      const of = entries(page).nth(place);
      await of.getByRole('button', { name: /^Show the changes/ }).click();
      await of.getByText(text).waitFor();
      expect(await of.locator('ol > li').count()).toBe(1);
    }
  });

  it('names who has changed it to an admin only', async () => {
    await server.admin.api.items.update({ id: can.id, body: { price: 17 } });
    const owners = await openAs(owner, ofStore());
    await entry(owners, '17.00').getByText(`user ${server.admin.id}`).waitFor();
    const admins = await openAs(server.admin, ofStore());
    await entry(admins, 'Item Watering can created').getByText(owner.email).waitFor();
    await entry(admins, '17.00').getByText('you').waitFor();
  });

  it('is not for a stranger', async () => {
    browser.allow(statuses(403));
    const page = await openAs(await server.newUser(), `/items/${can.id}`);
    await page.getByText('This item is in a store of somebody else').waitFor();
    expect(await page.getByRole('link', { name: 'History' }).count()).toBe(0);
    for (const path of [ofItem(), ofStore()]) {
      await page.goto(`${server.url}/admin/#${path}`);
      await page.getByText('You may not do that.').waitFor();
      expect(await entries(page).count()).toBe(0);
    }
  });

  it.each<PageOptions & { name: string }>([
    { name: 'desk-light', theme: 'light', width: 'desk' },
    { name: 'desk-dark', theme: 'dark', width: 'desk' },
    { name: 'phone-light', theme: 'light', width: 'phone', language: 'de' },
    { name: 'phone-dark', theme: 'dark', width: 'phone', language: 'de' },
  ])('is accessible, and fits the window: $name', async ({ name, ...options }) => {
    browser.allow(statuses(404, 409));
    const long = await owner.api.items.create({
      body: { name: `Hose ${'x'.repeat(120)}`, price: 3, store_id: storeId },
    });
    await linkTag('garden');
    await owner.api.items.update({ id: can.id, body: { price: 17, name: 'Can', sku: null } });
    await owner.api.items.delete({ id: long.id });
    const isGerman = options.language === 'de';
    const [undo, undoIt, close] = isGerman
      ? [/^Rückgängig/, 'Rückgängig machen', 'Schließen']
      : [/^Undo/, 'Undo it', 'Close'];
    // With its decimals, because a time also has numbers.
    const price = (euros: number) => `${euros}${isGerman ? ',' : '.'}00`;
    const page = await openAs(server.admin, ofStore(), options);
    const check = async (picture: string) => {
      await page.waitForLoadState('networkidle');
      await keepPicture(page, `history-${name}-${picture}`, { fullPage: true });
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        page.viewportSize()?.width ?? 0,
      );
    };
    await entry(page, price(17)).waitFor();
    await check('1-store');
    await entry(page, 'Hose').getByRole('button', { name: undo }).click();
    await check('2-confirm-deletion');
    await dialog(page).getByRole('button', { name: undoIt }).click();
    await page.getByRole('link', { name: isGerman ? 'Artikel öffnen' : 'Open the item' }).waitFor();
    await check('3-undone');
    await entry(page, price(17)).getByRole('button', { name: undo }).click();
    await check('4-confirm-update');
    await owner.api.items.update({ id: can.id, body: { price: 18 } });
    await dialog(page).getByRole('button', { name: undoIt }).click();
    await dialog(page).getByRole('button', { name: close }).waitFor();
    await check('5-refused');
    await dialog(page).getByRole('button', { name: close }).click();
    await page.goto(`${server.url}/admin/#${ofItem()}`);
    await entry(page, price(18)).waitFor();
    await check('6-item');
    await page.goto(`${server.url}/admin/#/items/${can.id}`);
    await page.getByRole('link', { name: isGerman ? 'Verlauf' : 'History' }).waitFor();
    await check('7-item-form');
    await page.goto(`${server.url}/admin/#/items/${long.id + 1000}/history`);
    await page.getByText(isGerman ? 'existiert nicht mehr' : 'does not exist any more').waitFor();
    await check('8-deleted');
    await page.goto(`${server.url}/admin/#${ofStore()}?until=2020-01-01&resource=link`);
    await page.getByText(isGerman ? 'passt zu diesen Filtern' : 'fits these filters').waitFor();
    await check('9-nothing');
  });
});

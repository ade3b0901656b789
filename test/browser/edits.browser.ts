import { type Page } from 'playwright-core';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, useBrowser } from '../support/browser';
import { unique } from '../support/factories';
import { statuses } from '../support/page-faults';
import { type Account, PanelServer } from '../support/panel-server';
import { until } from '../support/patience';

const browser = useBrowser();
let server: PanelServer;
let owner: Account;
let storeId: number;

beforeAll(async () => {
  server = await PanelServer.start();
});
beforeEach(async () => {
  owner = await server.newUser();
  storeId = (await owner.api.stores.create({ body: { name: unique('Shop') } })).id;
  for (const price of [1, 2.5, 9.99])
    await owner.api.items.create({ body: { name: `Lamp ${price}`, price, store_id: storeId } });
});
afterAll(() => server.close());

/** @param more parameters of the list */
async function openItems(filter: object, more = '', language: 'en' | 'de' = 'en'): Promise<Page> {
  const page = await browser.newPage({ language });
  const shown = encodeURIComponent(JSON.stringify({ store_id: storeId, ...filter }));
  await page.goto(`${server.url}/admin/#/items?filter=${shown}${more}`);
  const [password, submit] = language === 'de' ? ['Passwort', 'Anmelden'] : ['Password', 'Log in'];
  await page.getByLabel('E-Mail').fill(owner.email);
  await page.getByLabel(password).fill(owner.password);
  await page.getByRole('button', { name: submit }).click();
  await page.locator('[role=grid] tbody tr').first().waitFor();
  return page;
}

const prices = (expected: number[]) =>
  until(`prices ${expected.join()}`, async () => {
    const { rows } = await owner.api.items.listOfStore({ id: storeId });
    return rows.map(({ price }) => price).join() === expected.join();
  });

/** What happens to the items. */
async function choose(page: Page, way: string): Promise<void> {
  await page.getByLabel('What happens').click();
  await page.getByRole('option', { name: way }).click();
}

/** The items of the store by their names, with the names of their tags. */
const items = (expected: Record<string, string[]>) =>
  until(`items ${JSON.stringify(expected)}`, async () => {
    const { rows } = await owner.api.items.listOfStore({ id: storeId });
    const found = Object.fromEntries(rows.map(({ name, tags }) => [name, tags.map((tag) => tag.name)]));
    return JSON.stringify(found) === JSON.stringify(expected);
  });

describe('the prices of many items', () => {
  it('change for all that pass the filters, after a preview, and can be taken back', async () => {
    const page = await openItems({ min_price: 2 });
    await page.getByRole('button', { name: 'Change all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change items' });
    await dialog.getByLabel('Percent').fill('5');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText('2 items change.').waitFor();
    expect(await dialog.getByRole('row').allInnerTexts()).toEqual([
      'Item\tNow\tThen',
      'Lamp 2.5\t2.50\t2.63',
      'Lamp 9.99\t9.99\t10.49',
    ]);
    await expectAccessible(page);
    await keepPicture(page, 'change-items');
    await prices([1, 2.5, 9.99]);
    await dialog.getByRole('button', { name: 'Change 2 items' }).click();
    await page.getByText('2 items are changed.').waitFor();
    await prices([1, 2.63, 10.49]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Everything is as it was before.').waitFor();
    await prices([1, 2.5, 9.99]);
  });

  it('change for a selection, and the dialog says what is not possible', async () => {
    const page = await openItems({});
    await page.getByLabel('Select Lamp 1', { exact: true }).check();
    const bar = page.getByRole('region', { name: 'The selected items' });
    await bar.getByRole('button', { name: 'Change…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change items' });
    await choose(page, 'Prices change by an amount');
    await dialog.getByLabel('Amount').fill('-2');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText(/It is not possible for one item.* would be -1, and must be from 0/).waitFor();
    const [first] = (await owner.api.items.listOfStore({ id: storeId })).rows;
    const link = dialog.getByRole('link', { name: String(first?.id), exact: true });
    expect(await link.getAttribute('href')).toBe(`#/items/${first?.id}`);
    await dialog.getByLabel('Amount').fill('-0.5');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByRole('button', { name: 'Change one item' }).click();
    await prices([0.5, 2.5, 9.99]);
  });
});

it('a price that can be read in two ways is refused with the reason', async () => {
  const page = await openItems({});
  await page.getByRole('button', { name: 'Change all…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change items' });
  await choose(page, 'All get one price');
  await dialog.getByLabel('Price').fill('2.500');
  await dialog.getByText('Write it without a sign for thousands.').waitFor();
  expect(await dialog.getByRole('button', { name: 'Show what will happen' }).isDisabled()).toBe(true);
  await expectAccessible(page);
  await keepPicture(page, 'change-items-two-ways');
  await dialog.getByLabel('Price').fill('2.500,00');
  await dialog.getByText('the same for all').waitFor();
});

describe('the tags of many items', () => {
  it('are added to all, removed from those that pass a filter, and come back', async () => {
    const page = await openItems({});
    await page.getByRole('button', { name: 'Change all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change items' });
    await choose(page, 'They get a tag');
    await dialog.getByLabel('Tag').fill('Sale');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText('3 items change.').waitFor();
    expect((await dialog.getByRole('row').allInnerTexts())[1]).toBe('Lamp 1\t–\tSale');
    await dialog.getByRole('button', { name: 'Change 3 items' }).click();
    await page.getByText('3 items are changed.').waitFor();
    await items({ 'Lamp 1': ['Sale'], 'Lamp 2.5': ['Sale'], 'Lamp 9.99': ['Sale'] });

    await page.getByRole('button', { name: 'Change all…' }).click();
    await choose(page, 'They lose a tag');
    await dialog.getByLabel('Tag').fill('no such tag');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText('3 stay as they are.').waitFor();
    await dialog.getByLabel('Tag').fill('sale');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByRole('button', { name: 'Change 3 items' }).click();
    await items({ 'Lamp 1': [], 'Lamp 2.5': [], 'Lamp 9.99': [] });
    await page.getByRole('button', { name: 'Undo' }).click();
    await items({ 'Lamp 1': ['Sale'], 'Lamp 2.5': ['Sale'], 'Lamp 9.99': ['Sale'] });
  });
});

describe('many items', () => {
  it('are deleted where they pass the filters, after a preview, and come back', async () => {
    const page = await openItems({ q: 'lamp', min_price: 2 });
    await page.getByRole('button', { name: 'Change all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change items' });
    await choose(page, 'They are deleted');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText('2 items will be deleted.').waitFor();
    expect(await dialog.getByRole('row').allInnerTexts()).toEqual([
      'Item\tPrice',
      'Lamp 2.5\t2.50',
      'Lamp 9.99\t9.99',
    ]);
    await expectAccessible(page);
    await keepPicture(page, 'delete-all');
    await dialog.getByRole('button', { name: 'Delete 2 items' }).click();
    await page.getByText('2 items are deleted.').waitFor();
    await items({ 'Lamp 1': [] });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Everything is as it was before.').waitFor();
    await items({ 'Lamp 1': [], 'Lamp 2.5': [], 'Lamp 9.99': [] });
  });
});

describe('the dialog of a change', () => {
  it('works with the keyboard, stays while it is applied, and its undo leads to the page of the change', async () => {
    browser.allow(statuses(409));
    const page = await openItems({});
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/imports/*/apply', async (route) => {
      await released;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Change all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change items' });
    await dialog.getByLabel('Percent').fill('100');
    await page.keyboard.press('Enter');
    const main = dialog.getByRole('button', { name: 'Change 3 items' });
    await main.waitFor();
    await until('the focus', () => main.evaluate((element) => element === document.activeElement));
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Cancel', disabled: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    expect(await dialog.isVisible()).toBe(true);
    release();
    await page.getByText('3 items are changed.').waitFor();
    const [first] = (await owner.api.items.listOfStore({ id: storeId })).rows;
    await owner.api.items.update({ id: first?.id ?? 0, body: { price: 7 } });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Some items have changed since').waitFor();
    await prices([7, 5, 19.98]);
    await page.getByRole('link', { name: 'The page of this change' }).click();
    await page.waitForURL(/imports\/\d+$/);
  });

  it('drops a preview that nobody waits for', async () => {
    const page = await openItems({});
    await page.route(/\/imports\/\d+$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ json: { ...((await response.json()) as object), state: 'running' } });
    });
    await page.getByRole('button', { name: 'Change all…' }).click();
    await page.getByLabel('Percent').fill('5');
    const looked = page.waitForResponse(/\/imports\/\d+$/);
    await page.getByRole('button', { name: 'Show what will happen' }).click();
    await looked;
    await page.keyboard.press('Escape');
    await until('a dropped preview', async () => {
      const { rows } = await owner.api.imports.listOfStore({ id: storeId });
      return rows[0]?.state === 'cancelled';
    });
  });

  it('says in German that a preview is outdated, and drops it, as one that is made again', async () => {
    browser.allow(statuses(409));
    const page = await openItems({}, '', 'de');
    const states = (expected: string[]) =>
      until(`states ${expected.join()}`, async () => {
        const { rows } = await owner.api.imports.listOfStore({ id: storeId });
        return rows.map(({ state }) => state).join() === expected.join();
      });
    await page.getByRole('button', { name: 'Alle ändern…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Artikel ändern' });
    await dialog.getByLabel('Prozent').fill('5');
    await dialog.getByRole('button', { name: 'Zeigen, was geschieht' }).click();
    const submit = dialog.getByRole('button', { name: '3 Artikel ändern' });
    await submit.waitFor();
    const [first] = (await owner.api.items.listOfStore({ id: storeId })).rows;
    await owner.api.items.update({ id: first?.id ?? 0, body: { price: 7 } });
    await submit.click();
    await dialog.getByText('Seit dieser Vorschau haben sich Artikel geändert').waitFor();
    await states(['cancelled']);

    await dialog.getByLabel('Prozent').fill('0');
    for (const expected of [
      ['previewed', 'cancelled'],
      ['previewed', 'cancelled', 'cancelled'],
    ]) {
      await dialog.getByRole('button', { name: 'Zeigen, was geschieht' }).click();
      await dialog.getByText('3 bleiben, wie sie sind.').waitFor();
      await states(expected);
    }
    await dialog.getByRole('button', { name: 'Abbrechen' }).click();
    await states(['cancelled', 'cancelled', 'cancelled']);
  });

  it('names items that the list does not show, and unselects those that it has deleted', async () => {
    const page = await openItems({}, '&sort=name&order=ASC&page=1&perPage=1');
    await page.getByRole('button', { name: 'Change all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change items' });
    await dialog.getByLabel('Percent').fill('10');
    await page.keyboard.press('Enter');
    await dialog.getByRole('cell', { name: 'Lamp 9.99' }).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByLabel('Select Lamp 1', { exact: true }).check();
    const bar = page.getByRole('region', { name: 'The selected items' });
    await bar.getByRole('button', { name: 'Change…' }).click();
    await choose(page, 'They are deleted');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByRole('button', { name: 'Delete one item' }).click();
    await page.getByText('One item is deleted.').waitFor();
    await bar.waitFor({ state: 'detached' });
  });
});

describe('the page of a change', () => {
  it('says what it deletes, applies it, takes it back, and tells in plain words what is not possible', async () => {
    const page = await openItems({});
    const body = { filter: {}, dry_run: true };
    const { id } = await owner.api.edits.create({ id: storeId, body: { ...body, change: { delete: true } } });
    await page.goto(`${server.url}/admin/#/stores/${storeId}/imports/${id}`);
    await page.getByText('Deletion of many items').waitFor();
    await page.getByRole('row', { name: /^Lamp 9.99 9.99 – .*deleted$/ }).waitFor();
    expect(await page.locator('dl').innerText()).toMatch(/Deleted\s+3/);
    expect(await page.getByText('Nothing would change.').count()).toBe(0);
    await expectAccessible(page);
    await keepPicture(page, 'edit-page');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('heading', { name: 'Done' }).waitFor();
    await items({});
    await page.getByRole('button', { name: 'Undo the change' }).click();
    await page.getByText('Deleted items: 3; they come back.').waitFor();
    await page.getByRole('button', { name: 'Undo it' }).click();
    await page.getByRole('heading', { name: 'Undone' }).waitFor();
    await prices([1, 2.5, 9.99]);

    await owner.api.edits.create({ id: storeId, body: { ...body, change: { price: { add: -2 } } } });
    await page.getByRole('link', { name: 'All imports' }).click();
    await page
      .getByRole('row', { name: /Change of many prices Not done/ })
      .getByRole('link')
      .click();
    await page.getByText(/The price of item \d+ would be -1, and must be from 0/).waitFor();
    expect(await page.getByRole('button', { name: 'Download' }).count()).toBe(0);
    await page.getByRole('region', { name: 'It is not possible for one item' }).getByRole('link').click();
    await page.waitForURL(/#\/items\/\d+$/);
  });

  it('says that its undo has left items alone', async () => {
    const body = { filter: {}, change: { price: { set: 3 } } };
    const { id } = await owner.api.edits.create({ id: storeId, body });
    await until('an edit', async () => (await owner.api.imports.get({ id })).state === 'succeeded');
    const [first] = (await owner.api.items.listOfStore({ id: storeId })).rows;
    await owner.api.items.update({ id: first?.id ?? 0, body: { price: 4 } });
    await owner.api.imports.undo({ id, on_conflict: 'skip' });
    const page = await openItems({});
    await page.goto(`${server.url}/admin/#/stores/${storeId}/imports/${id}`);
    await page.getByText('Everything that it had changed is as it was before, except for items').waitFor();
    await page.getByText(`Item ${first?.id} has changed since, and was left alone by the undo.`).waitFor();
  });
});

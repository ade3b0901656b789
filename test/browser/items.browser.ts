import { type Locator, type Page } from 'playwright-core';
import { type components } from '../../client/src';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, type PageOptions, useBrowser } from '../support/browser';
import { unique } from '../support/factories';
import { statuses } from '../support/page-faults';
import { type Account, PanelServer } from '../support/panel-server';
import { until } from '../support/patience';

type Item = components['schemas']['Item'];

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
});
afterAll(() => server.close());

/** Makes items `Lamp 01`, `Lamp 02` and so on, at 1, 2 and so on. */
async function makeLamps(count: number): Promise<Item[]> {
  const lamps: Item[] = [];
  for (let n = 1; n <= count; n++) {
    const name = `Lamp ${String(n).padStart(2, '0')}`;
    lamps.push(await owner.api.items.create({ body: { name, price: n, store_id: storeId } }));
  }
  return lamps;
}

async function makeTag(name: string, ...items: (Item | undefined)[]): Promise<number> {
  const { id } = await owner.api.tags.create({ id: storeId, body: { name } });
  for (const item of items) {
    if (item) await owner.api.items.linkTags({ id: item.id, body: { tags: [id] } });
  }
  return id;
}

/** Opens a page of the panel as somebody who has just logged in. */
async function openItems(path = '/items', options: PageOptions = {}, account = owner): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(`${server.url}/admin/#${path}`);
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#main-content').waitFor();
  return page;
}

const rows = (page: Page) => page.locator('[role=grid] tbody tr');
const cell = (page: Page, name: string, column: string) =>
  rows(page).filter({ hasText: name }).locator(`[data-column="${column}"]`);
const saved = (where: Locator) => where.getByRole('img', { name: 'Saved', exact: true });

async function shows(page: Page, ...names: string[]): Promise<void> {
  const shown = () => rows(page).locator('td.name').allInnerTexts();
  await until(`rows of ${names.join(', ')}`, async () => (await shown()).join() === names.join());
}

async function pricesOf(items: readonly Item[]): Promise<number[]> {
  const read = await Promise.all(items.map(({ id }) => owner.api.items.get({ id })));
  return read.map(({ price }) => price);
}

/** Waits until the prices are saved. */
function arrive(items: readonly Item[], prices: readonly number[]): Promise<void> {
  return until(`prices ${prices.join(', ')}`, async () => (await pricesOf(items)).join() === prices.join());
}

async function tagsOf({ id }: { id: number }): Promise<string[]> {
  return (await owner.api.items.get({ id })).tags.map(({ name }) => name);
}

async function paste(page: Page, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
  await page.keyboard.press('Control+V');
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByLabel(label).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

describe('the list of items', () => {
  it('searches as one types, and filters by price and tags', async () => {
    const lamps = await makeLamps(4);
    await makeTag('Red', lamps[0], lamps[1]);
    await makeTag('Big', lamps[1], lamps[2]);
    const page = await openItems();
    await shows(page, 'Lamp 01', 'Lamp 02', 'Lamp 03', 'Lamp 04');

    await page.getByLabel('Search').pressSequentially('lamp 03');
    await shows(page, 'Lamp 03');
    await page.getByRole('button', { name: 'Remove all filters' }).click();
    await shows(page, 'Lamp 01', 'Lamp 02', 'Lamp 03', 'Lamp 04');
    expect(await page.getByLabel('Search').inputValue()).toBe('');

    await page.getByLabel('Lowest price').fill('1,5');
    await page.getByLabel('Highest price').fill('3.00');
    await shows(page, 'Lamp 02', 'Lamp 03');
    await page.getByLabel('Highest price').fill('dear');
    await page.getByText('This is not a price.').waitFor();
    await page.getByRole('button', { name: 'Remove all filters' }).click();

    await choose(page, 'With tags', 'Red');
    await shows(page, 'Lamp 01', 'Lamp 02');
    await choose(page, 'With tags', 'Big');
    await shows(page, 'Lamp 02');
    await choose(page, 'An item needs', 'any of them');
    await shows(page, 'Lamp 01', 'Lamp 02', 'Lamp 03');
    await page.getByRole('button', { name: 'Remove all filters' }).click();
    await choose(page, 'Without tags', 'Red');
    await shows(page, 'Lamp 03', 'Lamp 04');
  });

  it('shows an owner their own stores only, and an admin the one that is chosen', async () => {
    await makeLamps(1);
    const other = await owner.api.stores.create({ body: { name: unique('Another') } });
    await owner.api.items.create({ body: { name: 'Chair', price: 1, store_id: other.id } });
    const page = await openItems();
    await shows(page, 'Chair');
    await page.getByLabel('Store').click();
    await until('two stores', async () => (await page.getByRole('option').count()) === 2);
    await page.getByRole('option').nth(1).click();
    await shows(page, 'Lamp 01');

    const filter = encodeURIComponent(JSON.stringify({ store_id: storeId }));
    const admins = await openItems(`/items?filter=${filter}`, {}, server.admin);
    await shows(admins, 'Lamp 01');
  });

  it('orders the rows, and jumps to a page', async () => {
    await makeLamps(12);
    const page = await openItems('/items?perPage=10');
    await page.getByRole('columnheader', { name: 'Price' }).getByRole('button').click();
    await page.getByRole('columnheader', { name: 'Price' }).getByRole('button').click();
    await until('the dearest is first', async () =>
      (await rows(page).first().innerText()).includes('Lamp 12'),
    );
    await page.getByRole('spinbutton', { name: 'Go to page' }).fill('2');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await shows(page, 'Lamp 02', 'Lamp 01');
  });

  it.each<PageOptions & { name: string }>([
    { name: 'desk-light', theme: 'light', width: 'desk' },
    { name: 'desk-dark', theme: 'dark', width: 'desk' },
    { name: 'phone-light', theme: 'light', width: 'phone' },
    { name: 'phone-dark', theme: 'dark', width: 'phone' },
  ])('is accessible, and fits the window: $name', async ({ name, ...options }) => {
    const lamps = await makeLamps(12);
    await makeTag('Red', ...lamps);
    const page = await openItems('/items', options);
    await cell(page, 'Lamp 03', 'select').getByRole('checkbox').check();
    await cell(page, 'Lamp 05', 'price').dblclick();
    await page.keyboard.type('x');
    await page.keyboard.press('Enter');
    await page.getByText('This is not a price.').waitFor();
    await keepPicture(page, `items-${name}-1-list`);
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      page.viewportSize()?.width ?? 0,
    );
    await page.getByRole('button', { name: 'Discard them' }).click();
    await page.getByRole('link', { name: 'Open Lamp 02' }).click();
    await page.getByRole('button', { name: 'Red' }).waitFor();
    await keepPicture(page, `items-${name}-2-edit`);
    await expectAccessible(page);
  });
});

describe('the grid', () => {
  it('changes prices and names with the keyboard', async () => {
    const lamps = await makeLamps(3);
    const page = await openItems();
    await cell(page, 'Lamp 01', 'name').click();
    await page.keyboard.press('End');
    for (let n = 0; n < 10 && !(await cell(page, 'Lamp 01', 'price').evaluate(isFocused)); n++)
      await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('12,50');
    await page.keyboard.press('Enter');
    expect(await cell(page, 'Lamp 02', 'price').evaluate(isFocused)).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.type('99');
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('F2');
    await page.keyboard.type('7.1');
    await page.keyboard.press('Shift+Tab');
    await page.waitForFunction(isFocused, await cell(page, 'Lamp 03', 'name').elementHandle());
    await arrive(lamps, [12.5, 2, 7.1]);

    await page.keyboard.type('Lantern');
    await page.keyboard.press('Enter');
    await shows(page, 'Lamp 01', 'Lamp 02', 'Lantern');
    await saved(cell(page, 'Lantern', 'name')).waitFor();
    expect((await owner.api.items.get({ id: lamps[2]?.id ?? 0 })).name).toBe('Lantern');
  });

  it('moves the focus although the list is drawn anew at the same moment', async () => {
    await makeLamps(3);
    const page = await openItems();
    await cell(page, 'Lamp 01', 'name').click();
    // The key comes right after the answer of the server has been drawn, and before React has run the effects of that.
    await page.getByLabel('Open Lamp 01').evaluate((link) => {
      const setAttribute = link.setAttribute.bind(link);
      link.setAttribute = (name, value) => {
        setAttribute(name, value);
        // React gives the thread back only if it has worked for more than 5 ms.
        for (const end = performance.now() + 50; performance.now() < end;) continue;
        queueMicrotask(() => {
          const key = new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true });
          document.activeElement?.dispatchEvent(key);
          document.body.dataset.pressed = 'yes';
        });
      };
    });
    await page.keyboard.type('Lantern');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.body.dataset.pressed === 'yes');
    await page.waitForFunction(isFocused, await cell(page, 'Lamp 03', 'name').elementHandle());
  });

  it('pastes ten prices of a spreadsheet, and takes them back', async () => {
    const lamps = await makeLamps(12);
    const page = await openItems();
    await cell(page, 'Lamp 02', 'price').click();
    const copied = Array.from({ length: 10 }, (_, n) => `${100 + n},25\tan\tother column`).join('\r\n');
    await paste(page, `${copied}\r\n`);
    await page.getByText('10 values were pasted.').waitFor();
    const former = lamps.map(({ price }) => price);
    expect(await pricesOf(lamps)).toEqual([1, ...Array.from({ length: 10 }, (_, n) => 100.25 + n), 12]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The former values are back.').waitFor();
    expect(await pricesOf(lamps)).toEqual(former);
  });

  it('keeps what was refused, with its reason, and warns before it is lost', async () => {
    browser.allow(statuses(403));
    const lamps = await makeLamps(3);
    const page = await openItems();
    await cell(page, 'Lamp 02', 'price').click();
    await paste(page, '5\n6.789\nfree');
    await page.getByText('One value was pasted. One was refused. One line had no row here.').waitFor();
    const refused = cell(page, 'Lamp 03', 'price');
    await refused.getByText('Write it without a sign for thousands.').waitFor();
    expect(await refused.innerText()).toContain('6.789');
    expect(await pricesOf(lamps)).toEqual([1, 5, 3]);

    const asked = page.waitForEvent('dialog').then((dialog) => dialog.dismiss());
    await page.getByRole('menuitem', { name: 'Stores' }).click();
    await asked;
    await refused.click();
    await page.keyboard.press('Enter');
    await page.keyboard.type('6.78');
    // The store is somebody else's now, so the server refuses.
    await server.admin.api.stores.update({ id: storeId, body: { owner_id: server.admin.id } });
    await page.keyboard.press('Enter');
    await refused.getByText('You may not do that.').waitFor();
    expect(await refused.innerText()).toContain('6.78');
    await server.admin.api.stores.update({ id: storeId, body: { owner_id: owner.id } });
    await page.getByRole('button', { name: 'Try again' }).click();
    await arrive(lamps, [1, 5, 6.78]);
  });

  it('asks which price stays if two windows have changed it', async () => {
    const lamps = await makeLamps(2);
    const [mine, theirs] = [await openItems(), await openItems()];
    await Promise.all([mine, theirs].map((page) => cell(page, 'Lamp 01', 'price').click()));
    await theirs.keyboard.type('20');
    await theirs.keyboard.press('Enter');
    await saved(cell(theirs, 'Lamp 01', 'price')).waitFor();

    await mine.keyboard.type('30');
    await mine.keyboard.press('Enter');
    const dialog = mine.getByRole('dialog');
    await dialog.getByText('Before: 1').waitFor();
    await keepPicture(mine, 'items-conflict');
    expect(await pricesOf(lamps)).toEqual([20, 2]);
    await dialog.getByLabel('Theirs: 20').check();
    await dialog.getByLabel('Yours: 30').check();
    await dialog.getByRole('button', { name: 'Save the chosen values' }).click();
    await saved(cell(mine, 'Lamp 01', 'price')).waitFor();
    expect(await pricesOf(lamps)).toEqual([30, 2]);
  });

  it('asks again at another attempt, if nothing was chosen', async () => {
    const [lamp] = await makeLamps(1);
    const page = await openItems();
    await cell(page, 'Lamp 01', 'price').click();
    await owner.api.items.update({ id: lamp?.id ?? 0, body: { price: 777 } });
    await page.keyboard.type('50');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await dialog.getByLabel('Theirs: 777').check();
    await dialog.getByRole('button', { name: 'Save the chosen values' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await pricesOf([lamp as Item])).toEqual([777]);
  });

  it('gives what is typed to no other item if the row goes', async () => {
    const lamps = await makeLamps(3);
    const page = await openItems();
    await cell(page, 'Lamp 02', 'price').click();
    await page.keyboard.type('9');
    await owner.api.items.delete({ id: lamps[1]?.id ?? 0 });
    await page.getByRole('button', { name: 'Refresh' }).evaluate((button: HTMLElement) => {
      button.click();
    });
    await shows(page, 'Lamp 01', 'Lamp 03');
    await page.keyboard.type('9');
    await page.keyboard.press('Enter');
    await page.getByText('One value is not saved').waitFor();
    expect(await page.locator('input.editor').count()).toBe(0);
    await page.waitForLoadState('networkidle');
    expect(await pricesOf([lamps[0], lamps[2]] as Item[])).toEqual([1, 3]);
  });

  it('can be cancelled on a phone, which has no Escape', async () => {
    const lamps = await makeLamps(2);
    const page = await openItems('/items', { width: 'phone' });
    const price = cell(page, 'Lamp 01', 'price');
    await price.tap();
    await price.tap();
    await price.locator('input').fill('9');
    await keepPicture(page, 'items-phone-editing');
    await price.getByRole('button', { name: 'Cancel' }).tap();
    await price.locator('input').waitFor({ state: 'detached' });
    expect(await price.innerText()).toContain('1');
    expect(await pricesOf(lamps)).toEqual([1, 2]);
  });

  it('takes only those pasted values back that nobody has changed since', async () => {
    browser.allow(statuses(412));
    const lamps = await makeLamps(3);
    const page = await openItems();
    await cell(page, 'Lamp 01', 'price').click();
    await paste(page, '101\n102\n103');
    await page.getByText('3 values were pasted.').waitFor();
    await cell(page, 'Lamp 02', 'price').click();
    await page.keyboard.type('888');
    await page.keyboard.press('Enter');
    await arrive(lamps, [101, 888, 103]);
    await saved(cell(page, 'Lamp 02', 'price')).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await arrive(lamps, [1, 888, 3]);
    await page.getByText('Some of the former values could not be put back.').waitFor();
  });
});

function isFocused(element: Element): boolean {
  return element === document.activeElement;
}

describe('tags of an item', () => {
  it('links, creates and unlinks them', async () => {
    const [lamp] = await makeLamps(1);
    await makeTag('Red');
    const page = await openItems();
    await page.getByRole('button', { name: 'Tags of Lamp 01: none. Change' }).click();
    const dialog = page.getByRole('dialog', { name: 'Tags of Lamp 01' });
    await dialog.getByLabel('Tags', { exact: true }).click();
    await page.getByRole('option', { name: 'Red' }).click();
    await dialog.getByRole('button', { name: 'Red' }).waitFor();
    await dialog.getByLabel('Tags', { exact: true }).fill('Shiny');
    await page.getByRole('option', { name: 'Create the tag “Shiny”' }).click();
    await dialog.getByRole('button', { name: 'Shiny' }).waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'Tags of Lamp 01: Red, Shiny. Change' }).waitFor();
    expect(await tagsOf(lamp as Item)).toEqual(['Red', 'Shiny']);

    await page.getByRole('link', { name: 'Open Lamp 01' }).click();
    await page.getByLabel('Name').fill('A typed name');
    await page.getByRole('button', { name: 'Red' }).press('Delete');
    await page.getByRole('button', { name: 'Red' }).waitFor({ state: 'detached' });
    await until('the tag is gone', async () => (await tagsOf(lamp as Item)).join() === 'Shiny');
    expect(await page.getByLabel('Name').inputValue()).toBe('A typed name');
    await page.getByRole('button', { name: 'Save' }).click();
    await shows(page, 'A typed name');
  });

  it('adds one to a selection, and takes it back from those that got it', async () => {
    const lamps = await makeLamps(4);
    await makeTag('Red', lamps[0]);
    const page = await openItems();
    for (const name of ['Lamp 01', 'Lamp 02', 'Lamp 03'])
      await cell(page, name, 'select').getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Add a tag', exact: true }).first().click();
    await page.getByRole('dialog').getByLabel('Tag').fill('Red');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Add a tag' }).click();
    await page.getByText('“Red” was added to 2 items.').waitFor();
    const tags = () => Promise.all(lamps.map(tagsOf));
    expect(await tags()).toEqual([['Red'], ['Red'], ['Red'], []]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The tags are as they were.').waitFor();
    expect(await tags()).toEqual([['Red'], [], [], []]);

    await page.getByRole('button', { name: 'Remove a tag' }).click();
    await page.getByRole('dialog').getByLabel('Tag').fill('re');
    await page.getByRole('option', { name: 'Red' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove a tag' }).click();
    await page.getByText('“Red” was removed from one item.').waitFor();
    expect(await tags()).toEqual([[], [], [], []]);
  });
});

describe('a selection of several stores', () => {
  it('gets a tag by its name, which is created where there is none, and loses it', async () => {
    // An admin sees what other tests have made.
    const name = unique('Jar');
    await makeTag('Red');
    const other = (await owner.api.stores.create({ body: { name: unique('Shop') } })).id;
    const { api } = owner;
    const both = [
      await api.items.create({ body: { name: `${name} one`, price: 1, store_id: storeId } }),
      await api.items.create({ body: { name: `${name} two`, price: 1, store_id: other } }),
    ];
    const page = await openItems(`/items?filter={"q":"${name}"}`, {}, server.admin);
    for (const item of both) await cell(page, item.name, 'select').getByRole('checkbox').check();
    await page
      .getByRole('region', { name: 'The selected items' })
      .getByRole('button', { name: 'Add a tag' })
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The items are of 2 stores').waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'tag-in-stores');
    await dialog.getByLabel('Tag').fill('red');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Add a tag' }).click();
    await page.getByText('“red” was added to 2 items.').waitFor();
    const tags = () => Promise.all(both.map(tagsOf));
    expect(await tags()).toEqual([['Red'], ['red']]);
    expect((await api.tags.list({ id: storeId })).rows).toHaveLength(1);

    await page.getByRole('button', { name: 'Remove a tag' }).click();
    await dialog.getByLabel('Tag').fill('gre');
    await dialog.getByRole('button', { name: 'Remove a tag' }).click();
    await dialog.getByText('There is no tag of this name.').waitFor();
    await dialog.getByLabel('Tag').fill('RED');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Remove a tag' }).click();
    await page.getByText('was removed from 2 items.').waitFor();
    expect(await tags()).toEqual([[], []]);
  });
});

describe('creating and deleting', () => {
  it('keeps those selected that could not be deleted', async () => {
    browser.allow(statuses(503));
    const [, second] = await makeLamps(3);
    const page = await openItems();
    await page.route(`**/items/${second?.id}`, (route) =>
      route.request().method() === 'DELETE'
        ? route.fulfill({
            status: 503,
            headers: { 'content-type': 'application/problem+json', 'retry-after': '9' },
            json: {
              type: 'about:blank',
              title: '',
              status: 503,
              detail: '',
              code: 'unavailable',
              request_id: 'x',
            },
          })
        : route.fallback(),
    );
    for (const name of ['Lamp 01', 'Lamp 02']) await cell(page, name, 'select').getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2 items are deleted.').waitFor();
    // A click elsewhere ends the time to take it back.
    await page.getByText('Arrow keys move').click();
    await page.getByText('One item could not be deleted').waitFor();
    await shows(page, 'Lamp 02', 'Lamp 03');
    await page.getByText('One item is selected.').waitFor();
    expect(await cell(page, 'Lamp 02', 'select').getByRole('checkbox').isChecked()).toBe(true);

    await page.unroute(`**/items/${second?.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('One item is deleted.').waitFor();
    await page.getByText('Arrow keys move').click();
    const left = async () => (await owner.api.items.list({ store_id: storeId })).rows.map(({ name }) => name);
    await until('it is deleted', async () => (await left()).join() === 'Lamp 03');
  });

  it('selects in each window for itself', async () => {
    await makeLamps(2);
    const page = await openItems();
    const other = await browser.newTab(page);
    await other.goto(`${server.url}/admin/#/items`);
    await shows(other, 'Lamp 01', 'Lamp 02');
    await cell(page, 'Lamp 01', 'select').getByRole('checkbox').check();
    await page.getByText('One item is selected.').waitFor();
    await cell(other, 'Lamp 02', 'select').getByRole('checkbox').check();
    await other.getByText('One item is selected.').waitFor();
    expect(await cell(other, 'Lamp 01', 'select').getByRole('checkbox').isChecked()).toBe(false);
    expect(await page.getByText('One item is selected.').count()).toBe(1);
  });

  it('deletes a selection, unless it is taken back', async () => {
    const lamps = await makeLamps(3);
    const page = await openItems();
    const select = async () => {
      await cell(page, 'Lamp 01', 'select').getByRole('checkbox').check();
      await cell(page, 'Lamp 02', 'select').getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('2 items are deleted.').waitFor();
      await shows(page, 'Lamp 03');
    };
    await select();
    await page.getByRole('button', { name: 'Undo' }).click();
    await shows(page, 'Lamp 01', 'Lamp 02', 'Lamp 03');
    expect(await pricesOf(lamps)).toEqual([1, 2, 3]);

    await select();
    const left = async () => (await owner.api.items.list({ store_id: storeId })).rows.map(({ name }) => name);
    await until('they are deleted', async () => (await left()).join() === 'Lamp 03');
  });

  it('takes back only the last of several deletions, and does the others', async () => {
    await makeLamps(4);
    const page = await openItems();
    const remove = async (name: string) => {
      await page.getByRole('link', { name: `Open ${name}` }).press('Enter');
      await page.getByLabel('Name').waitFor();
      expect(await page.getByLabel('Name').inputValue()).toBe(name);
      await page.getByRole('button', { name: 'Delete' }).press('Enter');
      await cell(page, 'Lamp 04', 'name').waitFor();
    };
    const undo = page.getByRole('button', { name: 'Undo' });
    await remove('Lamp 01');
    await remove('Lamp 02');
    await shows(page, 'Lamp 03', 'Lamp 04');
    expect(await undo.count()).toBe(1);
    await undo.press('Enter');
    await undo.waitFor({ state: 'detached' });
    await shows(page, 'Lamp 02', 'Lamp 03', 'Lamp 04');
    const left = async () => (await owner.api.items.list({ store_id: storeId })).rows.map(({ name }) => name);
    await until('the first is deleted', async () => (await left()).join() === 'Lamp 02,Lamp 03,Lamp 04');

    await remove('Lamp 02');
    await remove('Lamp 03');
    await until('both are deleted', async () => (await left()).join() === 'Lamp 04');
    await shows(page, 'Lamp 04');
  });

  it('creates an item in the chosen store, and tells under the field what is wrong', async () => {
    browser.allow(statuses(409));
    await owner.api.items.create({ body: { name: 'Chair', price: 1, sku: 'C-1', store_id: storeId } });
    const page = await openItems();
    await shows(page, 'Chair');
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByLabel('Name').fill('Stool');
    await page.getByLabel('Price').fill('1.234');
    await page.getByLabel('SKU').fill('C-1');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Write it without a sign for thousands.').waitFor();
    await page.getByLabel('Price').fill('12,34');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Another item of the store has this SKU.').first().waitFor();
    await page.getByLabel('SKU').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await shows(page, 'Chair', 'Stool');
    const [stool] = (await owner.api.items.list({ store_id: storeId, q: 'stool' })).rows;
    expect(stool).toMatchObject({ name: 'Stool', price: 12.34, sku: null });
  });

  it('shows an item of somebody else’s store without a way to change it', async () => {
    const [lamp] = await makeLamps(1);
    const stranger = await server.newUser();
    const page = await openItems(`/items/${lamp?.id}`, {}, stranger);
    await page.getByText('This item is in a store of somebody else').waitFor();
    expect(await page.getByLabel('Name').getAttribute('readonly')).not.toBeNull();
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  });
});

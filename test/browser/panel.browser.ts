import { type Locator, type Page } from 'playwright-core';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, type PageOptions, useBrowser } from '../support/browser';
import { unique } from '../support/factories';
import { LOST_CONNECTION, statuses } from '../support/page-faults';
import { type Account, PanelServer } from '../support/panel-server';
import { until } from '../support/patience';

const browser = useBrowser();
let server: PanelServer;

beforeAll(async () => {
  server = await PanelServer.start();
  await server.loadSuperstore();
});
afterAll(() => server.close());

async function fillLogin(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

/** Opens a page of the panel as somebody who has just logged in. */
async function openAs(account: Account, path = '/', options: PageOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(`${server.url}/admin/#${path}`);
  await fillLogin(page, account);
  await page.locator('#main-content').waitFor();
  return page;
}

const dialog = (page: Page) => page.getByRole('dialog');

const hasFocus = (element: Locator) => element.evaluate((node) => node === document.activeElement);

/** Logs somebody out elsewhere: the sessions that they have in browsers end. */
async function endSessions({ api }: Account): Promise<void> {
  for (const { id, current } of await api.account.listSessions()) {
    if (!current) await api.account.endSession({ id });
  }
}

/** Nothing is being loaded any more. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => document.querySelector('[role=progressbar]') === null);
}

describe('logging in', () => {
  it('tells that a password is wrong, and leads to the page that was asked for', async () => {
    browser.allow(statuses(401));
    const page = await browser.newPage();
    await page.goto(`${server.url}/admin/#/stores`);
    await fillLogin(page, { email: server.admin.email, password: 'other words' });
    await page.getByText('The e-mail address or the password is wrong.').waitFor();
    await expectAccessible(page);
    await fillLogin(page, server.admin);
    await page.getByRole('cell', { name: 'Central', exact: true }).waitFor();
    expect(page.url()).toMatch(/#\/stores/);
  });

  it('speaks German, and remembers the choice', async () => {
    const page = await browser.newPage({ language: 'de' });
    await page.goto(`${server.url}/admin/`);
    await page.getByRole('button', { name: 'Anmelden' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('menuitem', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });

  it('leads who has no store to the first one', async () => {
    const page = await openAs(await server.newUser(), '/tags');
    await page.getByText('You have no store yet.').waitFor();
    await page.getByRole('menuitem', { name: 'Items' }).click();
    await page.getByText('You have no store yet.').waitFor();
    expect(await page.getByText('Rows per page').count()).toBe(0);
    await page.getByRole('link', { name: 'Create a store' }).click();
    await page.getByLabel('Name').waitFor();
  });

  it('shows an owner their own stores, and no menu that is only for admins', async () => {
    const owner = await server.newUser();
    await owner.api.stores.create({ body: { name: 'Corner shop' } });
    const page = await openAs(owner, '/stores');
    await page.getByRole('cell', { name: 'Corner shop', exact: true }).waitFor();
    expect(await page.getByRole('cell', { name: 'Central', exact: true }).count()).toBe(0);
    const menu = page.getByRole('menu');
    await menu.getByRole('menuitem', { name: 'Tags' }).waitFor();
    expect(await menu.getByRole('menuitem', { name: 'Users' }).count()).toBe(0);
  });
});

describe('stores', () => {
  it('creates, renames and deletes one, and tells that a name is taken', async () => {
    browser.allow(statuses(409));
    const name = unique('Shop');
    const page = await openAs(server.admin, '/stores');
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByLabel('Name').fill('Central');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The owner has another store of this name.').first().waitFor();
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Search').fill(name);
    await page.getByRole('cell', { name, exact: true }).click();
    await page.getByLabel('Name').fill(`${name} 2`);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: `${name} 2`, exact: true }).waitFor();
    const [store] = (await server.admin.api.stores.list({ q: name })).rows;
    expect(store?.name).toBe(`${name} 2`);
    await page.getByRole('cell', { name: `${name} 2`, exact: true }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog(page).getByText('Its items, its tags and their links go with it.').waitFor();
    expect(await hasFocus(dialog(page).getByRole('button', { name: 'Cancel' }))).toBe(true);
    await expectAccessible(page);
    await keepPicture(page, 'delete-store');
    await page.keyboard.press('Enter');
    await dialog(page).waitFor({ state: 'detached' });
    expect(await hasFocus(page.getByRole('button', { name: 'Delete' }))).toBe(true);
    await page.keyboard.press('Enter');
    await dialog(page).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('columnheader', { name: 'Name' }).waitFor();
    await page.getByRole('cell', { name: `${name} 2`, exact: true }).waitFor({ state: 'detached' });
    expect((await server.admin.api.stores.list({ q: name })).rows).toEqual([]);
  });

  it('shows both versions if somebody else has changed it, and saves what was chosen', async () => {
    const { api } = server.admin;
    const { id } = await api.stores.create({ body: { name: unique('First') } });
    const page = await openAs(server.admin, `/stores/${id}`);
    await page.getByLabel('Name').fill(unique('Mine'));
    const theirs = unique('Theirs');
    await api.stores.update({ id, body: { name: theirs } });
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByText('Somebody else has changed this').waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'conflict');
    await dialog(page)
      .getByRole('radio', { name: `Theirs: ${theirs}` })
      .check();
    await dialog(page).getByRole('button', { name: 'Save the chosen values' }).click();
    await page.getByRole('columnheader', { name: 'Name' }).waitFor();
    expect((await api.stores.get({ id })).name).toBe(theirs);
  });

  it('changes nothing if the dialog is cancelled, and keeps what was typed', async () => {
    const { api } = server.admin;
    const { id } = await api.stores.create({ body: { name: unique('First') } });
    const page = await openAs(server.admin, `/stores/${id}`);
    const mine = unique('Mine');
    const theirs = unique('Theirs');
    await page.getByLabel('Name').fill(mine);
    await api.stores.update({ id, body: { name: theirs } });
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    await until('the focus is back', () => hasFocus(page.getByRole('button', { name: 'Save' })));
    expect(await page.getByLabel('Name').inputValue()).toBe(mine);
    expect((await api.stores.get({ id })).name).toBe(theirs);
  });
});

it('asks before a store is deleted that has changed, and leads back to the button', async () => {
  const { api } = server.admin;
  const { id } = await api.stores.create({ body: { name: unique('First') } });
  const page = await openAs(server.admin, `/stores/${id}`);
  await page.getByLabel('Name').waitFor();
  await api.stores.update({ id, body: { name: unique('Theirs') } });
  await page.getByRole('button', { name: 'Delete' }).press('Enter');
  await dialog(page).getByRole('button', { name: 'Delete' }).press('Enter');
  await dialog(page).getByText('Somebody else has changed this').waitFor();
  await dialog(page).getByRole('button', { name: 'Cancel' }).last().press('Enter');
  await dialog(page).waitFor({ state: 'detached' });
  await until('the focus is back', () => hasFocus(page.getByRole('button', { name: 'Delete' })));
  expect((await api.stores.get({ id })).id).toBe(id);
});

describe('tags', () => {
  it('creates one in the chosen store, and deletes it', async () => {
    const name = unique('Tag');
    const page = await openAs(server.admin, '/tags');
    await page.getByRole('link', { name: 'Create' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Search').fill(name);
    const row = page.getByRole('row').filter({ hasText: name });
    await row.getByRole('button', { name: 'Delete' }).click();
    await dialog(page).getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
  });

  it('tells how many items hold a tag, and lists them', async () => {
    const { api } = server.admin;
    const store = await api.stores.create({ body: { name: unique('Shop') } });
    const tag = await api.tags.create({ id: store.id, body: { name: 'In use' } });
    for (const name of ['Cup', 'Plate']) {
      const item = await api.items.create({ body: { name, price: 1, store_id: store.id } });
      await api.items.linkTags({ id: item.id, body: { tags: [tag.id] } });
    }
    await api.items.create({ body: { name: 'Spoon', price: 1, store_id: store.id } });
    const page = await openAs(server.admin, `/tags/${tag.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog(page).getByText('2 items hold this tag, so it cannot be deleted.').waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'tag-in-use');
    await dialog(page).getByRole('link', { name: 'List these items' }).click();
    await page.getByText('Cup').first().waitFor();
    await page.getByText('Plate').first().waitFor();
    expect(await page.getByText('Spoon').count()).toBe(0);
    expect((await api.tags.get({ id: tag.id })).name).toBe('In use');
  });
});

describe('users', () => {
  it('are found and made admins by an admin, and the last admin stays', async () => {
    browser.allow(statuses(409));
    const user = await server.newUser();
    const page = await openAs(server.admin, '/users');
    await page.getByLabel('Search').fill(user.email.slice(0, 12));
    await page.getByRole('cell', { name: user.email, exact: true }).click();
    await page.getByLabel('Role').click();
    await page.getByRole('option', { name: 'Admin' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('columnheader', { name: 'E-mail' }).waitFor();
    expect((await server.admin.api.users.get({ id: user.id })).role).toBe('admin');
    await server.admin.api.users.update({ id: user.id, body: { role: 'user' } });
    await page.goto(`${server.url}/admin/#/users/${server.admin.id}`);
    await page.getByLabel('Role').click();
    await page.getByRole('option', { name: 'User' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This is the last admin.').waitFor();
  });
});

describe('the own account', () => {
  it('changes its password, and ends other sessions', async () => {
    browser.allow(statuses(403));
    const user = await server.newUser();
    const other = await server.logIn(user);
    const page = await openAs(user, '/account');
    const part = page.getByRole('region', { name: 'New password' });
    await part.locator('input[name=password]').fill('another long password');
    await part.getByLabel('Current password').fill('not the right one');
    await part.getByRole('button', { name: 'Change the password' }).click();
    await part.getByText('The current password is wrong.').waitFor();
    await until('the button has its focus again', () =>
      hasFocus(part.getByRole('button', { name: 'Change the password' })),
    );
    await part.getByLabel('Current password').fill(user.password);
    await part.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password is changed.').waitFor();
    await until('the focus is in the new form', () => hasFocus(part.locator('input[name=password]')));
    expect(await part.locator('input[name=password]').inputValue()).toBe('');
    await expect(other.api.account.get()).rejects.toMatchObject({ status: 401 });
    await server.logIn({ email: user.email, password: 'another long password' });
  });

  it('lists sessions, and ends one', async () => {
    const user = await server.newUser();
    const page = await openAs(user, '/account');
    await page.getByText('This session').waitFor();
    await page.getByRole('button', { name: /^End/ }).click();
    await page.getByText('The session has ended.').waitFor();
    await expect(user.api.account.get()).rejects.toMatchObject({ status: 401 });
  });

  it('tells sessions by their browser, and keeps the focus among them', async () => {
    const user = await server.newUser();
    await server.logIn(user);
    await server.logIn(user);
    const page = await openAs(user, '/account');
    const name = page.getByText('Chrome on Linux', { exact: true });
    await name.waitFor();
    expect(await name.getAttribute('title')).toMatch(/^Mozilla.*Chrome/);
    await keepPicture(page, 'sessions', { fullPage: true });
    const ends = page.getByRole('button', { name: /^End/ });
    for (const left of [2, 1]) {
      await ends.first().press('Enter');
      await until(`${left} are left`, async () => (await ends.count()) === left);
      await until('the next has the focus', () => hasFocus(ends.first()));
    }
    await ends.first().press('Enter');
    await until('none is left', async () => (await ends.count()) === 0);
    await until('the list has the focus', () => hasFocus(page.getByRole('list', { name: 'Sessions' })));
  });

  it('takes its messages away when another page is opened', async () => {
    const user = await server.newUser();
    const page = await openAs(user, '/account');
    await page.getByRole('button', { name: /^End/ }).press('Enter');
    const message = page.getByText('The session has ended.');
    await message.waitFor();
    // A message that has just come is of the next page as well.
    await page.waitForTimeout(2100);
    expect(await message.count()).toBe(1);
    await page.getByRole('menuitem', { name: 'Stores' }).press('Enter');
    await message.waitFor({ state: 'detached', timeout: 1000 });
  });
});

describe('an ended session', () => {
  it('is told, and after the login on the spot what was typed is saved', async () => {
    browser.allow(statuses(401));
    const user = await server.newUser();
    const { id } = await user.api.stores.create({ body: { name: unique('Shop') } });
    const page = await openAs(user, `/stores/${id}`);
    const name = unique('Typed');
    await page.getByLabel('Name').fill(name);
    await endSessions(user);
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByText('Your session has ended').waitFor();
    await expectAccessible(page);
    expect(await dialog(page).getByLabel('E-mail').inputValue()).toBe(user.email);
    await dialog(page).getByLabel('Password').fill(user.password);
    await dialog(page).getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('cell', { name, exact: true }).waitFor();
    expect((await user.api.stores.get({ id })).name).toBe(name);
  });

  it('saves nothing, and does not say so, for who leaves during a save', async () => {
    browser.allow(statuses(401));
    const user = await server.newUser();
    const { id, name } = await user.api.stores.create({ body: { name: unique('Shop') } });
    const page = await openAs(user, `/stores/${id}`);
    await page.getByLabel('Name').fill(unique('Typed'));
    await endSessions(user);
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByRole('button', { name: 'Leave' }).click();
    await page.getByText('The catalogue of your stores').waitFor();
    expect(await page.getByText('Element updated').count()).toBe(0);
    await fillLogin(page, user);
    await page.getByLabel('Name').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe(name);
    expect((await user.api.stores.get({ id })).name).toBe(name);
  });

  it('is told, and keeps what was typed, if another tab has logged out', async () => {
    const user = await server.newUser();
    const { id } = await user.api.stores.create({ body: { name: unique('Shop') } });
    const page = await openAs(user, `/stores/${id}`);
    const name = unique('Typed');
    await page.getByLabel('Name').fill(name);
    const tab = await browser.newTab(page);
    await tab.goto(`${server.url}/admin/#/stores`);
    await tab.getByRole('button', { name: user.email }).click();
    await tab.getByRole('menuitem', { name: 'Logout' }).click();
    await tab.getByText('The catalogue of your stores').waitFor();
    await page.bringToFront();
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(page).getByLabel('Password').fill(user.password);
    browser.allow(statuses(401));
    await dialog(page).getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('cell', { name, exact: true }).waitFor();
    expect((await user.api.stores.get({ id })).name).toBe(name);
  });

  it('ends after what was deleted is deleted, also if that could still be taken back', async () => {
    const owner = await server.newUser();
    const store = await owner.api.stores.create({ body: { name: 'Corner shop' } });
    const item = await owner.api.items.create({ body: { store_id: store.id, name: 'Hose', price: 9 } });
    const page = await openAs(owner, `/items/${item.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    await expectAccessible(page);
    await keepPicture(page, 'undo');
    // A click would end the time to take it back.
    await page.getByRole('button', { name: owner.email }).press('Enter');
    await page.getByRole('menuitem', { name: 'Logout' }).press('Enter');
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await expect(owner.api.items.get({ id: item.id })).rejects.toMatchObject({ code: 'item_not_found' });
  });

  it('leads to the login, and back to the same page, for who leaves', async () => {
    browser.allow(statuses(401));
    const user = await server.newUser();
    await user.api.stores.create({ body: { name: 'Corner shop' } });
    const page = await openAs(user, '/stores');
    await page.getByRole('cell', { name: 'Corner shop', exact: true }).waitFor();
    await endSessions(user);
    await page.reload();
    await dialog(page).getByRole('button', { name: 'Leave' }).click();
    await page.getByText('The catalogue of your stores').waitFor();
    await fillLogin(page, user);
    await page.getByRole('cell', { name: 'Corner shop', exact: true }).waitFor();
  });
});

it('tells that a list could not be read, and reads it again by itself', async () => {
  browser.allow(statuses(503));
  const page = await openAs(server.admin, '/');
  await page.route('**/stores?*', (route) =>
    route.fulfill({
      status: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '9' },
      json: { type: 'about:blank', title: '', status: 503, detail: '', code: 'unavailable', request_id: 'x' },
    }),
  );
  await page.getByRole('menuitem', { name: 'Stores' }).click();
  await page.getByText('This could not be read.').waitFor();
  expect(await page.getByText('No Stores found').count()).toBe(0);
  expect(await page.title()).toBe('Stores · Emporium');
  await page.unroute('**/stores?*');
  await page.getByRole('cell', { name: 'Central', exact: true }).waitFor();
  expect(await page.getByText('This could not be read.').count()).toBe(0);
});

it('opens a row by keyboard', async () => {
  const page = await openAs(server.admin, '/stores');
  await page.getByRole('link', { name: 'Central', exact: true }).press('Enter');
  await page.getByLabel('Name').waitFor();
  expect(await page.getByLabel('Name').inputValue()).toBe('Central');
});

it('shows no more than an admin may do who was made a user', async () => {
  const admin = await server.newUser();
  await server.admin.api.users.update({ id: admin.id, body: { role: 'admin' } });
  const page = await openAs(admin, `/users/${admin.id}`);
  await page.getByLabel('Role').click();
  await page.getByRole('option', { name: 'User', exact: true }).click();
  browser.allow(statuses(403));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('menuitem', { name: 'Users' }).waitFor({ state: 'detached' });
});

it('shows the overview also if the charts cannot be loaded', async () => {
  browser.allow(/net::ERR_FAILED|dynamically imported module/);
  const page = await browser.newPage();
  await page.route('**/assets/*-chart-*.js', (route) => route.abort());
  await page.goto(`${server.url}/admin/`);
  await fillLogin(page, server.admin);
  expect(await page.getByText('The chart could not be loaded.').first().textContent()).toBeTruthy();
  await page.getByText('Show the numbers').first().click();
  await page.getByRole('cell', { name: 'Central', exact: true }).first().waitFor();
});

it('tells that the server is gone, keeps what was typed, and goes on when it is back', async () => {
  browser.allow(LOST_CONNECTION);
  const { api } = server.admin;
  const { id } = await api.stores.create({ body: { name: unique('Shop') } });
  const page = await openAs(server.admin, `/stores/${id}`);
  const name = unique('Typed');
  await page.getByLabel('Name').fill(name);
  await server.stop();
  try {
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The server does not answer. It is asked again').waitFor();
    await keepPicture(page, 'lost-connection');
    expect(await page.getByLabel('Name').inputValue()).toBe(name);
  } finally {
    await server.resume();
  }
  await page.getByText('The server does not answer. It is asked again').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByLabel('Search').fill(name);
  await page.getByRole('cell', { name, exact: true }).waitFor();
  expect((await api.stores.get({ id })).name).toBe(name);
});

describe.each<PageOptions & { name: string }>([
  { name: 'desk-light', theme: 'light', width: 'desk' },
  { name: 'desk-dark', theme: 'dark', width: 'desk' },
  { name: 'phone-light', theme: 'light', width: 'phone' },
  { name: 'phone-dark', theme: 'dark', width: 'phone' },
])('all pages, $name', ({ name, ...options }) => {
  it('are accessible, and fit the screen', async () => {
    const { api } = server.admin;
    const [store] = (await api.stores.list({ q: 'Central' })).rows;
    const [item] = (await api.items.list({ store_id: store?.id ?? 0, limit: 1 })).rows;
    const page = await openAs(server.admin, '/', options);
    const paths = {
      overview: '/',
      stores: '/stores',
      store: `/stores/${store?.id}`,
      'store-create': '/stores/create',
      items: '/items',
      item: `/items/${item?.id}`,
      'item-create': '/items/create',
      tags: '/tags',
      tag: `/tags/${item?.tags[0]?.id}`,
      users: '/users',
      user: `/users/${server.admin.id}`,
      account: '/account',
    };
    for (const [title, path] of Object.entries(paths)) {
      await page.goto(`${server.url}/admin/#${path}`);
      await settled(page);
      await keepPicture(page, `${title}-${name}`);
      await expectAccessible(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect({ title, overflow }).toEqual({ title, overflow: 0 });
    }
  });
});

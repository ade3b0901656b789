import { type Locator, type Page } from 'playwright-core';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, type PageOptions, useBrowser } from '../support/browser';
import { statuses } from '../support/page-faults';
import { PanelServer } from '../support/panel-server';

const browser = useBrowser();
let server: PanelServer;

beforeAll(async () => {
  server = await PanelServer.start();
  await server.admin.api.stores.create({ body: { name: 'Corner shop' } });
});
afterAll(() => server.close());

async function openDocs(options: PageOptions): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(`${server.url}/docs`);
  await page.locator('.opblock').first().waitFor();
  return page;
}

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(server.admin.email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

describe.each<PageOptions & { name: string }>([
  { name: 'desk-light', theme: 'light', width: 'desk' },
  { name: 'desk-dark', theme: 'dark', width: 'desk' },
  { name: 'phone-light', theme: 'light', width: 'phone' },
  { name: 'phone-dark', theme: 'dark', width: 'phone' },
])('the docs page, $name', ({ name, ...options }) => {
  it('logs in, and sends a request with the token', async () => {
    const page = await openDocs(options);
    await expectAccessible(page, { exclude: ['#swagger-ui'] });
    await keepPicture(page, `docs-${name}-1-logged-out`);

    await logIn(page, server.admin.password);
    await page.getByText(`Logged in as ${server.admin.email} (admin)`).waitFor();
    await expectAccessible(page, { exclude: ['#swagger-ui'] });

    const operation = page.locator('.opblock', { has: page.locator('[data-path="/me"]') }).first();
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table .response', { hasText: server.admin.email }).waitFor();
    await operation.evaluate((element) => {
      element.scrollIntoView();
    });
    await keepPicture(page, `docs-${name}-2-answer`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      page.viewportSize()?.width ?? 0,
    );
  });
});

it('the docs page tells that a password is wrong, and forgets the session at the logout', async () => {
  browser.allow(statuses(401));
  const page = await openDocs({});
  await logIn(page, 'other words');
  await page.locator('#login-message.error').waitFor();
  await expectAccessible(page, { exclude: ['#swagger-ui'] });
  await logIn(page, server.admin.password);
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByLabel('E-mail').waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

it('the docs page marks what needs a login, and takes tokens from elsewhere', async () => {
  const page = await openDocs({});
  const operation = (method: string, path: string) =>
    page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
  const marks = (of: Locator) => of.getByRole('img', { name: /Needs a login|Sent with your token/ });
  expect(await page.locator('.authorization__btn').count()).toBe(0);
  for (const path of ['/register', '/login']) expect(await marks(operation('post', path)).count()).toBe(0);
  expect(await marks(operation('get', '/stores')).count()).toBe(0);
  expect(await marks(operation('post', '/stores')).getAttribute('aria-label')).toBe('Needs a login');

  const { email, password } = server.admin;
  const login = await page.request.post(`${server.url}/login`, { data: { email, password } });
  const { access_token: token } = (await login.json()) as { access_token: string };
  await page.getByRole('button', { name: 'Set tokens by hand' }).click();
  await keepPicture(page, 'docs-tokens');
  const access = page.locator('.auth-container', { hasText: 'access_token' }).first();
  await access.getByRole('textbox').fill(token);
  await access.getByRole('button', { name: 'Apply credentials' }).click();
  await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).last().click();
  expect(await marks(operation('post', '/stores')).getAttribute('aria-label')).toBe('Sent with your token');
  const me = operation('get', '/me').first();
  await me.locator('.opblock-summary-control').click();
  await me.getByRole('button', { name: 'Execute' }).click();
  await me.locator('.live-responses-table .response', { hasText: server.admin.email }).waitFor();
});

import { type Page } from 'playwright-core';
import { expectAccessible } from '../support/accessibility';
import { keepPicture, useBrowser } from '../support/browser';
import { unique } from '../support/factories';
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

async function openItems(filter: object): Promise<Page> {
  const page = await browser.newPage();
  const shown = encodeURIComponent(JSON.stringify({ store_id: storeId, ...filter }));
  await page.goto(`${server.url}/admin/#/items?filter=${shown}`);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.locator('[role=grid] tbody tr').first().waitFor();
  return page;
}

const prices = (expected: number[]) =>
  until(`prices ${expected.join()}`, async () => {
    const { rows } = await owner.api.items.listOfStore({ id: storeId });
    return rows.map(({ price }) => price).join() === expected.join();
  });

describe('the prices of many items', () => {
  it('change for all that pass the filters, after a preview, and can be taken back', async () => {
    const page = await openItems({ min_price: 2 });
    await page.getByRole('button', { name: 'Change prices…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change prices' });
    await dialog.getByLabel('Percent').fill('5');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText('2 prices change.').waitFor();
    expect(await dialog.getByRole('row').allInnerTexts()).toEqual([
      'Item\tNow\tThen',
      'Lamp 2.5\t2.50\t2.63',
      'Lamp 9.99\t9.99\t10.49',
    ]);
    await expectAccessible(page);
    await keepPicture(page, 'change-prices');
    await prices([1, 2.5, 9.99]);
    await dialog.getByRole('button', { name: 'Change 2 prices' }).click();
    await page.getByText('2 prices are changed.').waitFor();
    await prices([1, 2.63, 10.49]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The former prices are back.').waitFor();
    await prices([1, 2.5, 9.99]);
  });

  it('change for a selection, and the dialog says what is not possible', async () => {
    const page = await openItems({});
    await page.getByLabel('Select Lamp 1', { exact: true }).check();
    const bar = page.getByRole('region', { name: 'The selected items' });
    await bar.getByRole('button', { name: 'Change prices…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change prices' });
    await dialog.getByLabel('How').click();
    await page.getByRole('option', { name: 'By an amount' }).click();
    await dialog.getByLabel('Amount').fill('-2');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByText('It is not possible for one item').waitFor();
    await dialog.getByLabel('Amount').fill('-0.5');
    await dialog.getByRole('button', { name: 'Show what will happen' }).click();
    await dialog.getByRole('button', { name: 'Change one price' }).click();
    await prices([0.5, 2.5, 9.99]);
  });
});

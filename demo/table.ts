import { type StoreSummary } from './load-catalogue';

const count = (value: number) => value.toLocaleString('en-US');
const price = (value: number | undefined) =>
  value?.toLocaleString('en-US', { minimumFractionDigits: 2 }) ?? '';

/** A table of stores, with a total. */
export function formatStores(stores: readonly StoreSummary[]): string {
  return formatTable([...stores.map(toRow), totalRow(stores)]);
}

const HEADER = ['Store', 'Items', 'Tags', 'Links', 'Lowest price', 'Highest price'];

function toRow(store: Omit<StoreSummary, 'id'>): string[] {
  const { name, items, tags, links, lowestPrice, highestPrice } = store;
  return [name, count(items), count(tags), count(links), price(lowestPrice), price(highestPrice)];
}

function totalRow(stores: readonly StoreSummary[]): string[] {
  const sum = (member: 'items' | 'tags' | 'links') =>
    stores.reduce((total, store) => total + store[member], 0);
  const lowest = stores.flatMap(({ lowestPrice }) => lowestPrice ?? []);
  const highest = stores.flatMap(({ highestPrice }) => highestPrice ?? []);
  return toRow({
    name: 'Total',
    items: sum('items'),
    tags: sum('tags'),
    links: sum('links'),
    lowestPrice: lowest.length > 0 ? Math.min(...lowest) : undefined,
    highestPrice: highest.length > 0 ? Math.max(...highest) : undefined,
  });
}

/** Aligns text left and numbers right, and separates the last row as the total. */
function formatTable(rows: string[][]): string {
  const widths = HEADER.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const toLine = (row: string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const lines = [toLine(HEADER), rule, ...rows.slice(0, -1).map(toLine), rule, ...rows.slice(-1).map(toLine)];
  return `${lines.join('\n')}\n`;
}

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { ADJECTIVES, MATERIALS, NOUNS } from './vocabulary';

/** How many different tags the rows have, each two of them. */
const TAGS = 200;

const PIECE = 10_000;

/** The members of row `n`, always the same. */
function rowOf(n: number): [name: string, price: string, sku: string, tags: string] {
  const word = (words: readonly string[], step: number) => words[(n * step) % words.length] ?? '';
  const name = `${word(ADJECTIVES, 7)} ${word(MATERIALS, 11)} ${word(NOUNS, 13)} ${n}`;
  const price = `${(n * 7919) % 100_000}.${String(n % 100).padStart(2, '0')}`;
  return [name, price, `BULK-${String(n).padStart(8, '0')}`, `tag ${n % TAGS}|kind ${n % 17}`];
}

/** Writes a CSV file for POST /stores/{id}/imports. */
export function writeImportFile(file: string, rows: number): Promise<void> {
  return writeLines(file, 'name,price,sku,tags\n', rows, (n) => rowOf(n).join(','));
}

/** Writes the same items for COPY items (name, price, sku, store_id). */
export function writeCopyFile(file: string, rows: number, storeId: number): Promise<void> {
  return writeLines(file, '', rows, (n) => [...rowOf(n).slice(0, 3), storeId].join(','));
}

async function writeLines(
  file: string,
  header: string,
  rows: number,
  line: (n: number) => string,
): Promise<void> {
  const stream = createWriteStream(file);
  stream.write(header);
  for (let from = 0; from < rows; from += PIECE) {
    const lines = Array.from({ length: Math.min(PIECE, rows - from) }, (_, n) => `${line(from + n)}\n`);
    if (!stream.write(lines.join(''))) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

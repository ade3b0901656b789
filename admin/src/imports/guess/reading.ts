import { COLUMNS, type Column, type Columns, guessColumns } from './columns';
import { readCsv } from './csv';
import { type Decimal, guessDecimal, hasThousands, isGoodPrice } from './decimal';
import { characterOf, type Delimiter, guessDelimiter } from './delimiter';
import { type EmptyName, guessHabits, TAG_DELIMITERS, type TagDelimiter } from './systems';
import { decodeSample, type Encoding, guessEncoding } from './encoding';

/** The beginning of a file. */
export interface Sample {
  bytes: Uint8Array;
  /** whether it is the whole file */
  isWhole: boolean;
  fileName: string;
}

/** What the person has chosen instead of the guess. */
export interface Choices {
  encoding?: Encoding;
  delimiter?: Delimiter;
  decimal?: Decimal;
  tagDelimiter?: TagDelimiter;
  emptyName?: EmptyName;
  columns?: Columns;
}

/** How a file is read, and its first rows. */
export interface Reading {
  format: 'csv' | 'ndjson';
  encoding: Encoding;
  delimiter: Delimiter;
  decimal: Decimal;
  tagDelimiter: TagDelimiter;
  emptyName: EmptyName;
  columns: Columns;
  header: string[];
  rows: string[][];
}

/** So many prices are looked at for their decimal sign. */
const ROWS = 200;

/** Reads the beginning of a file as the person has chosen, and by a guess where they have not. */
export function readSample({ bytes, isWhole, fileName }: Sample, choices: Choices = {}): Reading {
  const encoding = choices.encoding ?? guessEncoding(bytes);
  const text = decodeSample(bytes, encoding);
  if (isNdjson(fileName, text)) return readNdjson(text, isWhole);
  const delimiter = choices.delimiter ?? guessDelimiter(text, isWhole);
  const [first = [], ...rows] = readCsv(text, { delimiter: characterOf(delimiter), most: ROWS, isWhole });
  const header = first.map((name) => name.trim());
  while (header.at(-1) === '') header.pop();
  const columns = choices.columns ?? guessColumns(header);
  const habits = guessHabits(header);
  const prices = columns.price === undefined ? [] : textsOf(rows, columns.price);
  return {
    format: 'csv',
    encoding,
    delimiter,
    decimal: choices.decimal ?? guessDecimal(prices, delimiter),
    tagDelimiter: choices.tagDelimiter ?? habits.tagDelimiter,
    emptyName: choices.emptyName ?? habits.emptyName,
    columns,
    header,
    rows,
  };
}

function isNdjson(fileName: string, text: string): boolean {
  return /\.(ndjson|jsonl)$/i.test(fileName) || text.trimStart().startsWith('{');
}

/** One JSON object a line, with the members that the API knows. */
function readNdjson(text: string, isWhole: boolean): Reading {
  const lines = text.split('\n');
  if (!isWhole) lines.pop();
  const rows = lines
    .filter((line) => line.trim() !== '')
    .slice(0, ROWS)
    .map((line) => membersOf(line).map(toText));
  return {
    format: 'ndjson',
    encoding: 'utf-8',
    delimiter: ',',
    decimal: '.',
    tagDelimiter: '|',
    emptyName: 'fail',
    columns: { name: 0, price: 1, sku: 2, tags: 3 },
    header: [...COLUMNS],
    rows,
  };
}

function membersOf(line: string): unknown[] {
  try {
    const item = JSON.parse(line) as Partial<Record<Column, unknown>> | null;
    return COLUMNS.map((column) => item?.[column]);
  } catch {
    return [line, '', '', ''];
  }
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(toText).join('|');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function textsOf(rows: readonly string[][], index: number): string[] {
  return rows.map((row) => row[index]?.trim() ?? '').filter((text) => text !== '');
}

/** What is still missing: each item needs them. */
export function missingColumns({ columns }: Reading): Column[] {
  return (['name', 'price'] as const).filter((column) => columns[column] === undefined);
}

/** How many of the first prices the API would refuse with this decimal sign. */
export function countBadPrices({ columns, rows, decimal, format }: Reading): number {
  if (format === 'ndjson' || columns.price === undefined) return 0;
  return textsOf(rows, columns.price).filter((price) => !isGoodPrice(price, decimal)).length;
}

/** Those of them that have a sign for thousands. */
export function pricesWithThousands({ columns, rows, decimal, format }: Reading): string[] {
  if (format === 'ndjson' || columns.price === undefined) return [];
  return textsOf(rows, columns.price).filter((price) => hasThousands(price, decimal));
}

/** Whether the tags seem to be separated by something else than what was chosen: they would be one tag. */
export function hasOtherTags({ columns, rows, format, tagDelimiter }: Reading): boolean {
  if (format === 'ndjson' || columns.tags === undefined) return false;
  const texts = textsOf(rows, columns.tags);
  const has = (sign: string) => texts.some((text) => text.includes(sign));
  return !has(tagDelimiter) && TAG_DELIMITERS.some(has);
}

/** The parameters by which the API reads the file in this way. */
export function toQuery({
  format,
  encoding,
  delimiter,
  decimal,
  tagDelimiter,
  emptyName,
  columns,
  header,
}: Reading): [string, string][] {
  if (format === 'ndjson') return [];
  const map = COLUMNS.flatMap((column): [string, string][] => {
    const index = columns[column];
    return index === undefined ? [] : [['map', `${column}:${header[index] ?? ''}`]];
  });
  return [
    ['encoding', encoding],
    ['delimiter', delimiter],
    ['decimal', decimal],
    ['tag_delimiter', tagDelimiter],
    ['empty_name', emptyName],
    ...map,
  ];
}

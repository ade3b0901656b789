import { type ImportRow } from './import-row';

/** The columns of `import_rows` in the order of `copyText`. */
export const COPIED_COLUMNS = 'import_id, line, name, price, sku, tags, faults, fields';

/** A row in the text format of COPY. */
export function copyText(importId: number, row: ImportRow): string {
  const columns: (string | null)[] =
    'faults' in row
      ? [null, null, row.sku, null, JSON.stringify(row.faults), arrayText(row.fields)]
      : [row.name, row.price, row.sku, row.tags && arrayText(row.tags), null, null];
  return `${importId}\t${row.line}\t${columns.map(escaped).join('\t')}\n`;
}

const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(text: string | null): string {
  if (text === null) return '\\N';
  return text.replace(SPECIAL, (character) => ESCAPES[character] ?? '');
}

/** PostgreSQL cannot store NUL and lone surrogates; they are shown by U+FFFD. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function arrayText(texts: readonly string[]): string {
  const quoted = texts.map((text) => `"${storable(text).replace(/["\\]/g, '\\$&')}"`);
  return `{${quoted.join(',')}}`;
}

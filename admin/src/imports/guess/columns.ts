/** What an item has in a file. */
export const COLUMNS = ['name', 'price', 'sku', 'tags'] as const;
export type Column = (typeof COLUMNS)[number];

/** Where each is: the index of the file's column. */
export type Columns = Partial<Record<Column, number>>;

/** How other systems and people call them, in English and German, the surest first; in the form that `plain` gives. */
const NAMES: Readonly<Record<Column, readonly string[]>> = {
  name: [
    ...['name', 'product name', 'item name', 'title', 'product title', 'item title', 'product', 'item'],
    ...['artikelname', 'produktname', 'bezeichnung', 'artikelbezeichnung', 'produktbezeichnung', 'titel'],
    ...['artikel', 'produkt', 'description', 'beschreibung'],
  ],
  price: [
    ...['price', 'variant price', 'regular price', 'unit price', 'retail price', 'list price', 'sales price'],
    ...['preis', 'verkaufspreis', 'einzelpreis', 'stuckpreis', 'regularer preis', 'vk preis', 'vk', 'uvp'],
    ...['bruttopreis', 'preis brutto', 'nettopreis', 'preis netto', 'sales', 'amount', 'betrag'],
  ],
  sku: [
    ...['sku', 'variant sku', 'product id', 'item id', 'product code', 'item code', 'product number'],
    ...[
      'item number',
      'item no',
      'article number',
      'part number',
      'artikelnummer',
      'artikelnr',
      'artikel nr',
    ],
    ...['art nr', 'artnr', 'produktnummer', 'bestellnummer', 'ean', 'gtin'],
  ],
  tags: [
    ...['tags', 'tag', 'labels', 'keywords', 'categories', 'category', 'product category', 'product type'],
    ...['schlagworter', 'schlagworte', 'stichworter', 'stichworte', 'kategorien', 'kategorie', 'warengruppe'],
  ],
};

/** Words beside the name of a column, as in "Preis in EUR". */
const UNITS = new Set(['in', 'eur', 'euro', 'usd', 'gbp', 'chf']);

/** The words of a name, without accents, capitals and units. */
export function plain(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return words.filter((word) => word !== '' && !UNITS.has(word)).join(' ');
}

/** Why a column cannot be chosen: the API finds columns by their names. */
export type ColumnFault = 'no_name' | 'same_name' | 'long_name';

/** The characters of a name that the API finds a column by. */
const MOST_CHARACTERS = 200;

/** The faults of all columns; a file can have many thousands of them. */
export function columnFaults(header: readonly string[]): (ColumnFault | undefined)[] {
  const names = header.map((name) => name.toLowerCase());
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return names.map((name) => {
    if (name === '') return 'no_name';
    if (counts.get(name) !== 1) return 'same_name';
    return isLong(name) ? 'long_name' : undefined;
  });
}

const isLong = (name: string) => name.length > MOST_CHARACTERS && Array.from(name).length > MOST_CHARACTERS;

export function guessColumns(header: readonly string[]): Columns {
  const faults = columnFaults(header);
  const names = header.map((name, index) => (faults[index] ? '' : plain(name)));
  const columns: Columns = {};
  for (const column of COLUMNS) {
    const found = NAMES[column].map((name) => names.indexOf(name)).find((index) => index >= 0);
    if (found !== undefined) columns[column] = found;
  }
  return columns;
}

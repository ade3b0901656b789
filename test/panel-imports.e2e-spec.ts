import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError } from 'csv-parse';
import { CsvRows } from '../src/imports/file/csv-rows';
import { decode, type Encoding } from '../src/imports/file/decode';
import { MAX_ERRORS } from '../src/imports/limits';

interface Reading {
  format: string;
  encoding: string;
  delimiter: string;
  decimal: string;
  tagDelimiter: string;
  emptyName: string;
  columns: Record<string, number>;
  header: string[];
  rows: string[][];
}

interface Sample {
  bytes: Uint8Array;
  isWhole: boolean;
  fileName: string;
}

// Not imported: the panel is a bundler's modules, whose imports the compiler of the tests does not resolve.
const { readSample, missingColumns, countBadPrices, pricesWithThousands, hasOtherTags, toQuery } =
  jest.requireActual<{
    readSample: (sample: Sample, choices?: object) => Reading;
    missingColumns: (reading: Reading) => string[];
    countBadPrices: (reading: Reading) => number;
    pricesWithThousands: (reading: Reading) => string[];
    hasOtherTags: (reading: Reading) => boolean;
    toQuery: (reading: Reading) => [string, string][];
  }>('../admin/src/imports/guess/reading');
const { columnFaults } = jest.requireActual<{
  columnFaults: (header: string[]) => (string | undefined)[];
}>('../admin/src/imports/guess/columns');
const { guessEncoding } = jest.requireActual<{ guessEncoding: (bytes: Uint8Array) => string }>(
  '../admin/src/imports/guess/encoding',
);
const { guessDecimal } = jest.requireActual<{
  guessDecimal: (prices: string[], delimiter?: string) => string;
}>('../admin/src/imports/guess/decimal');
const { tellFileFault } = jest.requireActual<{
  tellFileFault: (message: string, translate: (key: string, options: object) => string) => string | undefined;
}>('../admin/src/imports/file-fault');
const { lookInterval } = jest.requireActual<{
  lookInterval: (of: { state: string }, shownFor: number) => number | false;
}>('../admin/src/imports/look-interval');
const { KEPT_ERRORS } = jest.requireActual<{ KEPT_ERRORS: number }>('../admin/src/imports/import');
const { tellRowMessage } = jest.requireActual<{
  tellRowMessage: (
    message: string,
    translate: (key: string, options: Record<string, unknown>) => string,
  ) => { text: string; itemId?: string };
}>('../admin/src/imports/row-message');
const { readCsv } = jest.requireActual<{
  readCsv: (text: string, options: { delimiter: string; most: number; isWhole: boolean }) => string[][];
}>('../admin/src/imports/guess/csv');
const { takeSample } = jest.requireActual<{ takeSample: (file: File) => Promise<Sample> }>(
  '../admin/src/imports/guess/sample',
);
const { faultOf: faultOfSample } = jest.requireActual<{ faultOf: (sample: Sample) => string | undefined }>(
  '../admin/src/imports/guess/sample-fault',
);

const read = (content: string | Uint8Array, choices = {}, fileName = 'items.csv', isWhole = true) =>
  readSample(
    { bytes: typeof content === 'string' ? Buffer.from(content) : content, isWhole, fileName },
    choices,
  );

/** Our columns by the names that the file has for them. */
const named = ({ columns, header }: Reading) =>
  Object.fromEntries(Object.entries(columns).map(([column, index]) => [column, header[index]]));

describe('The guess of how a file is to be read', () => {
  it.each<[string, string | Uint8Array, Partial<Reading>, Record<string, string>]>([
    [
      'our own export',
      'name,price,sku,tags\r\nCan,15.90,C-1,garden|tools\r\n',
      { encoding: 'utf-8', delimiter: ',', decimal: '.', tagDelimiter: '|', emptyName: 'fail' },
      { name: 'name', price: 'price', sku: 'sku', tags: 'tags' },
    ],
    [
      'a German spreadsheet',
      Buffer.from(
        'Artikelnummer;Bezeichnung;Preis (EUR);Kategorie\nG-1;Gie\xdfkanne;1234,50;Garten\n',
        'latin1',
      ),
      { encoding: 'windows-1252', delimiter: ';', decimal: ',' },
      { name: 'Bezeichnung', price: 'Preis (EUR)', sku: 'Artikelnummer', tags: 'Kategorie' },
    ],
    [
      'text of a spreadsheet in Unicode',
      Buffer.from('\ufeffTitel\tStückpreis\nBreit\t2,5\n', 'utf16le'),
      { encoding: 'utf-16le', delimiter: 'tab', decimal: ',' },
      { name: 'Titel', price: 'Stückpreis' },
    ],
    [
      'a Shopify export',
      'Handle,Title,Body (HTML),Vendor,Tags,Variant SKU,Variant Price,Variant Compare At Price\ncan,Can,"<p>a, b</p>",V,"garden, tools",C-1,15.90,\n',
      { delimiter: ',', decimal: '.', tagDelimiter: ',', emptyName: 'previous' },
      { name: 'Title', price: 'Variant Price', sku: 'Variant SKU', tags: 'Tags' },
    ],
    [
      'a WooCommerce export',
      'ID,Type,SKU,Name,Published,Sale price,Regular price,Categories,Tags\n1,simple,C-1,Can,1,,15.90,Garden,tools\n',
      { delimiter: ',', decimal: '.', tagDelimiter: ',', emptyName: 'fail' },
      { name: 'Name', price: 'Regular price', sku: 'SKU', tags: 'Tags' },
    ],
    [
      'a WooCommerce export without tags',
      'ID,SKU,Name,Regular price,Categories\n1,C-1,Can,15.90,Garden\n',
      { tagDelimiter: ',', emptyName: 'fail' },
      { name: 'Name', price: 'Regular price', sku: 'SKU', tags: 'Categories' },
    ],
    [
      'the Superstore',
      'Row ID,Order ID,Customer Name,Product ID,Category,Sub-Category,Product Name,Sales,Quantity\n1,CA-1,Ada,FUR-1,Furniture,Chairs,"Chair, oak",261.96,2\n',
      { delimiter: ',', decimal: '.' },
      { name: 'Product Name', price: 'Sales', sku: 'Product ID', tags: 'Category' },
    ],
    [
      'names that have another delimiter in them',
      'name|price\nCan, green; large|1.5\nHose, 5 m; red|2.5\n',
      { delimiter: '|', decimal: '.' },
      { name: 'name', price: 'price' },
    ],
  ])('knows %s', (_what, content, expected, columns) => {
    const reading = read(content);
    expect(reading).toMatchObject({ format: 'csv', ...expected });
    expect(named(reading)).toEqual(columns);
    expect(missingColumns(reading)).toEqual([]);
    expect(countBadPrices(reading)).toBe(0);
  });

  it('reads what the person has chosen instead', () => {
    const content = 'a;b,c\n1,5;2\n7;8\n';
    expect(read(content)).toMatchObject({ delimiter: ';', columns: {} });
    expect(missingColumns(read(content))).toEqual(['name', 'price']);
    const reading = read(content, { delimiter: ',', decimal: ',', columns: { name: 1, price: 0 } });
    expect(reading).toMatchObject({ header: ['a;b', 'c'], rows: [['1', '5;2'], ['7;8']], decimal: ',' });
    expect(toQuery(reading)).toEqual([
      ['encoding', 'utf-8'],
      ['delimiter', ','],
      ['decimal', ','],
      ['tag_delimiter', '|'],
      ['empty_name', 'fail'],
      ['map', 'name:c'],
      ['map', 'price:a;b'],
    ]);
  });

  it('takes a column whose name has a line break', () => {
    const reading = read('name,"price\r\n(EUR)",sku\r\nCan,1.50,C-1\r\n');
    expect(named(reading)).toEqual({ name: 'name', price: 'price\r\n(EUR)', sku: 'sku' });
    expect(toQuery(reading)).toContainEqual(['map', 'price:price\r\n(EUR)']);
  });

  it('reads NDJSON by its name or its first character', () => {
    const line = '{"price":1.5,"name":"Can","tags":["a","b"],"sku":null}\n';
    for (const reading of [read(line, {}, 'x.txt'), read(`\n${line}`, {}, 'x.ndjson')]) {
      expect(reading).toMatchObject({ format: 'ndjson', rows: [['Can', '1.5', '', 'a|b']] });
      expect(toQuery(reading)).toEqual([]);
    }
  });

  it('tells which prices are bad, and which tags are not read as they are meant', () => {
    const reading = read(
      'name,price,tags\nCan,"1,234.50","garden, tools"\nHose,$2,x\nBag,3.50,\nBox,1.125,\nPot,1.500,\n',
    );
    expect(reading.decimal).toBe('.');
    expect(countBadPrices(reading)).toBe(3);
    expect(hasOtherTags(reading)).toBe(true);
    expect(hasOtherTags(read('name,price,tags\nCan,1,"a, b|c"\n'))).toBe(false);
    expect(hasOtherTags(read('name,price,tags\nCan,1,"a, b"\n', { tagDelimiter: ',' }))).toBe(false);
  });

  it('takes no column whose name is there twice: the API could not tell them apart', () => {
    expect(named(read('Name,Price,price,Title\nCan,1,2,x\n'))).toEqual({ name: 'Name' });
  });

  it('takes no column whose name is longer than a map can have it', () => {
    const [longest, longer] = ['\u{1f6b2}'.repeat(200), 'x'.repeat(201)];
    expect(columnFaults(['Name', longest, longer])).toEqual([undefined, undefined, 'long_name']);
    expect(columnFaults(['', 'a', 'A', longer, longer])).toEqual([
      'no_name',
      ...Array.from({ length: 4 }, () => 'same_name'),
    ]);
  });

  it.each([';', '\t', '|'])(
    'asks about prices that can have a point for thousands in a file with %j',
    (sign) => {
      const reading = read('name;price\nSofa;2.500\nTable;1.250\nCan;120\n'.replaceAll(';', sign));
      expect(reading.decimal).toBe(',');
      expect(countBadPrices(reading)).toBe(2);
      expect(pricesWithThousands(reading)).toEqual(['2.500', '1.250']);
    },
  );

  it.each([
    [['1,234.50', '7.5'], ['1,234.50']],
    [['1.234,50', '7,5'], ['1.234,50']],
    [
      ['1 234,50', '7,5', '1\u00a0234', '1\u202f234,5'],
      ['1 234,50', '1\u00a0234', '1\u202f234,5'],
    ],
    [
      ['1’234.50', "1'234"],
      ['1’234.50', "1'234"],
    ],
    [
      ['1.234.567', 'EUR 2.345,00'],
      ['1.234.567', 'EUR 2.345,00'],
    ],
    [['1.125', '0.125', '1.5', '12345.678', '1e3', '$5', ''], []],
    [['12,345', '1,5'], []],
  ])('tells which of the prices %j have a sign for thousands', (prices, found) => {
    const rows = prices.map((price) => `Can;${price}`).join('\n');
    expect(pricesWithThousands(read(`name;price\n${rows}\n`))).toEqual(found);
  });

  it.each([
    ['nothing', '', []],
    ['a header alone', 'name,price', ['name', 'price']],
    ['one column', 'name\nCan\n', ['name']],
    ['trailing delimiters', 'name;price;;\nCan;1;;\n', ['name', 'price']],
  ])('does not stumble over %s', (_what, content, header) => {
    expect(read(content).header).toEqual(header);
  });
});

describe('The sample of a file', () => {
  const names = Array.from({ length: 5000 }, (_, n) => `attribute_value_${String(n).padStart(6, '0')}`);
  const wide = `name,price,${names.join(',')}\nCan,1.50,${names.map(() => 'x').join(',')}\n`;
  const sampleOf = (content: string) => takeSample(new File([content], 'items.csv'));

  it('holds the header, also if that is longer than most files', async () => {
    const reading = readSample(await sampleOf(wide));
    expect(reading.header).toEqual(['name', 'price', ...names]);
    expect(reading.columns).toEqual({ name: 0, price: 1 });
    expect(reading.rows).toHaveLength(1);
  });

  it('holds a first row that is long', async () => {
    const long = 'x'.repeat(100_000);
    const reading = readSample(await sampleOf(`name,price\n${long},"1,5"\n${`${long},2\n`.repeat(6)}`));
    expect(reading).toMatchObject({ decimal: ',', header: ['name', 'price'] });
    expect(reading.rows).toHaveLength(5);
  });

  it('is small, if the first rows are short', async () => {
    const { bytes, isWhole } = await sampleOf(`name,price\n${'Can,1\n'.repeat(100_000)}`);
    expect([bytes.length, isWhole]).toEqual([64 * 1024, false]);
  });
});

describe('A fault of the sample', () => {
  const faultIn = (content: string | Uint8Array, fileName: string, isWhole = true) =>
    faultOfSample({ bytes: Buffer.from(content as string), fileName, isWhole });
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');

  it.each<[string, string, string | Uint8Array, string?]>([
    ['empty_file', 'no byte', ''],
    ['empty_file', 'blank lines', '\n\r\n  \n\t\n'],
    ['empty_file', 'empty fields', ';;\n;;\n'],
    ['empty_file', 'blank lines of NDJSON', '\n\n', 'items.ndjson'],
    ['empty_file', 'a byte order mark', '\ufeff'],
    ['empty_file', 'a byte order mark and a line end', '\ufeff\r\n'],
    ['empty_file', 'a byte order mark of UTF-16', utf16('\ufeff')],
    ['utf_16be', 'UTF-16 in the other order', utf16('\ufeffname,price\nCan,1\n').swap16()],
    ['no_text', 'a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['no_text', 'zeros', new Uint8Array(100)],
    ['no_text', 'arbitrary bytes', Uint8Array.from({ length: 256 }, (_, index) => (index * 167 + 97) % 256)],
    ['no_text', 'a ZIP file', 'PK\x03\x04'],
    ['separator_line', 'a line of Excel', 'sep=;\r\nname;price\r\nCan;1,50\r\n'],
    ['separator_line', 'a line of Excel for commas', '\ufeffSEP=,\nname,price\n'],
    ['separator_line', 'a line of Excel for tabs', utf16('\ufeffsep=\t\nname\tprice\n')],
    ['separator_line', 'a quoted line of Excel', '"sep=;"\nname;price\n'],
    ['json_array', 'an array of JSON', '[{"name":"Can","price":1}]'],
    ['json_array', 'an array with line breaks', '[\n  {\n    "name": "Can"\n  }\n]\n', 'items.ndjson'],
  ])('is %s for %s', (fault, _what, content, fileName = 'items.csv') => {
    expect(faultIn(content, fileName)).toBe(fault);
  });

  it('is told if the first row has no end', () => {
    expect(faultIn(`name,"price\n${'Can,1\n'.repeat(1000)}`, 'items.csv', false)).toBe('long_header');
  });

  it.each<[string, string | Uint8Array, string?]>([
    ['UTF-16', utf16('\ufeffname\tprice\nGießkanne\t1\n')],
    ['UTF-16 without a byte order mark', utf16('name\tprice\nGießkanne\t1\n')],
    ['windows-1252', Buffer.from('name,price\nGie\xdfkanne,1\n', 'latin1')],
    ['vertical tabs in a field', 'name,price\nGreen\x0bcan,1\n'],
    ['blank lines before the header', '\n;\nname;price\nCan;1\n'],
    ['names in brackets', '[name],[price]\nCan,1\n'],
    ['a name that begins like the line of Excel', 'sep=name,price\nCan,1\n'],
    ['NDJSON', '{"name":"Can","price":1}\n', 'items.txt'],
  ])('is not found in %s', (_what, content, fileName = 'items.csv') => {
    expect(faultIn(content, fileName)).toBeUndefined();
  });

  it('is one for which the API refuses the file, too', async () => {
    expect(await faultOf('sep=;\nname;price\n', 'utf-8')).toMatch(/Remove the first line/);
    expect(await faultOf('[{"name":"Can","price":1}]', 'utf-8')).toMatch(/has a quote/);
  });
});

describe('A fault of a file', () => {
  const translate = (key: string, options: object) =>
    `${key.replace('emporium.imports.', '')} ${JSON.stringify(options)}`;

  it.each([
    ['This is a PDF file, not text. Save it as CSV first.', /^no_text /],
    ['The file is empty: it has no header.', /no_header/],
    ['The file did not arrive completely.', /incomplete/],
    [
      'Line 7 is not in the encoding utf-8. Try encoding=utf-16le.',
      /encoding_try .*"one":"7".*encoding\.utf-16le/,
    ],
    ['Line 7 is not in the encoding utf-16le.', /\.encoding .*"7"/],
    ['The header has no column "Preis". Try delimiter=;.', /no_column .*"Preis"/],
    ['The header in line 2 has no column "Price\n(EUR)".', /no_column .*"Price\\n\(EUR\)"/],
    ['The header in line 3 has the column "a "b"" twice.', /same_column .*"a \\"b\\""/],
  ])('is told in the language of the panel: %s', (message, expected) => {
    expect(tellFileFault(message, translate)).toMatch(expected);
  });

  it.each<[string, string | Buffer, Encoding?]>([
    ['encoding_try', Buffer.from('name,price\nGie\xdfkanne,1\n', 'latin1')],
    ['encoding', Buffer.from('\ufeffname\ud800,price\n', 'utf16le'), 'utf-16le'],
    ['cut_off', Buffer.from('name,price\nGieß').subarray(0, -1)],
    ['open_quote', 'name,price\n"Can,1\n'],
    ['long_row', `name,price\n"Can${'x'.repeat(300_000)},1\n`],
    ['quote_inside', 'name,price\nCan "green",1\n'],
    ['text_after_quote', 'name,price\n"Can" green,1\n'],
    ['same_column', 'name,price,NAME\n'],
    ['no_column', 'name;price\n'],
    ['no_text', Buffer.from('PK\x03\x04\x14\0')],
    ['utf_16be', Buffer.from('\ufeffname,price\n', 'utf16le').swap16()],
  ])('is known as the API words it: %s', async (key, content, encoding = 'utf-8') => {
    expect(tellFileFault(await faultOf(content, encoding), (known) => known)).toBe(
      `emporium.imports.${['no_text', 'utf_16be'].includes(key) ? '' : 'file_faults.'}${key}`,
    );
  });

  it('is told as the API words it, if the panel does not know it', () => {
    expect(tellFileFault('The map leaves out "price"; add map=price:price.', translate)).toBeUndefined();
  });
});

/** What the API says of a file that it refuses. */
async function faultOf(content: string | Buffer, encoding: Encoding): Promise<string> {
  const columnOf = new Map([
    ['name', 'name'],
    ['price', 'price'],
  ]);
  const rows = new CsvRows({ delimiter: ',', decimal: '.', tagDelimiter: '|', emptyName: 'fail', columnOf });
  const parser = rows.parser();
  parser.resume();
  try {
    await pipeline(Readable.from([Buffer.from(content as string)]), decode(encoding), parser);
  } catch (error) {
    return (error instanceof CsvError ? rows.toFileFault(error) : (error as Error)).message;
  }
  throw new Error('the file is not refused');
}

describe('The encoding of a file', () => {
  it('is UTF-8 also if the sample ends within a character', () => {
    expect(guessEncoding(Buffer.from('Gießkanne €').subarray(0, -1))).toBe('utf-8');
  });

  it('is UTF-16 also without a byte order mark', () => {
    expect(guessEncoding(Buffer.from('name\tprice\nGießkanne\t2\n', 'utf16le'))).toBe('utf-16le');
  });

  it('is windows-1252 if nothing else fits', () => {
    expect(guessEncoding(Buffer.from([0x80, 0x2c, 0x31]))).toBe('windows-1252');
    expect(read(Buffer.from([...Buffer.from('name,price\nA '), 0x80, ...Buffer.from(',1\n')])).rows).toEqual([
      ['A €', '1'],
    ]);
  });
});

describe('The decimal sign of prices', () => {
  it.each([
    [['1,5'], ','],
    [['1.5'], '.'],
    [['1.234,50', '7'], ','],
    [['1,234.50', '7'], '.'],
    [['1.234.567'], ','],
    [['1,234,567'], '.'],
    [['1,234', '2.50'], '.'],
    [['1.234', '2,50'], ','],
    [['12,90 €', '€ 3'], ','],
    [['1,234'], '.'],
    [[], '.'],
  ])('of %j is %s', (prices, sign) => {
    expect(guessDecimal(prices)).toBe(sign);
  });

  it.each([
    [['2.500', '120'], ','],
    [['2.500', '1.50'], '.'],
    [['2,500'], '.'],
    [['120'], '.'],
  ])('of %j with semicolons between the fields is %s', (prices, sign) => {
    expect(guessDecimal(prices, ';')).toBe(sign);
  });
});

describe('A look at a CSV file', () => {
  const options = { delimiter: ',', most: 10, isWhole: true };

  it('reads quotes, all ends of lines and blank lines', () => {
    expect(readCsv('a,"b ""c"", d"\r\n\r\n"e\nf",g\rh,\n', options)).toEqual([
      ['a', 'b "c", d'],
      ['e\nf', 'g'],
      ['h', ''],
    ]);
  });

  it('leaves out rows with nothing in any field, as the API does', () => {
    expect(readCsv(',,\n \na,b\n,\nc,d\n', options)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('leaves out a last row that can be cut off, and ends after the rows that are wanted', () => {
    expect(readCsv('a,b\nc,d', { ...options, isWhole: false })).toEqual([['a', 'b']]);
    expect(readCsv('a\nb\nc\n', { ...options, most: 2 })).toEqual([['a'], ['b']]);
  });
});

describe('What is wrong with a row', () => {
  const tell = (message: string) =>
    tellRowMessage(message, (key, { one, two, item }) => `${key} ${String([one, two, item])}`);

  it.each([
    ['is the SKU of item 7', '7'],
    ['of item 8 would be -10.99, and must be from 0 to 99999999.99', '8'],
    ['of item 9 would be 101, and must be at most 100', '9'],
    ['item 2 has changed since the import, and was left alone by the undo', '2'],
  ])('names an item, and has a place for it: %s', (message, itemId) => {
    expect(tell(message)).toEqual({ text: expect.stringMatching(/,%\{item\}$/) as string, itemId });
  });

  it('names no item in other messages, and is told as it is if it is unknown', () => {
    expect(tell('is the same as in line 3').itemId).toBeUndefined();
    expect(tell('is odd')).toEqual({ text: 'is odd' });
  });
});

describe('The page of an import', () => {
  it('knows how many errors the server keeps', () => {
    expect(KEPT_ERRORS).toBe(MAX_ERRORS);
  });

  it.each([
    ['queued', 60_000, 1000],
    ['running', 60_000, 1000],
    ['previewed', 0, 1000],
    ['previewed', 5000, 5000],
    ['succeeded', 4999, 1000],
    ['succeeded', 60_000, 5000],
    ['failed', 0, false],
    ['cancelled', 0, false],
    ['undone', 0, false],
  ])('that is %s and has been open for %p ms reads it again after %p ms', (state, shownFor, interval) => {
    expect(lookInterval({ state }, shownFor)).toBe(interval);
  });
});

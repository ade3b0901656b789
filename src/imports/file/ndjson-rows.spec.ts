import { Readable } from 'node:stream';
import { type RawRow } from './import-row';
import { NdjsonRows } from './ndjson-rows';

it('counts lines the same however the text is cut', async () => {
  const text = '1\r\n2\r\r\n3\n\r4\r\r5';
  for (const size of [1, 2, 3, text.length]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    const rows = (await Readable.from(pieces).pipe(new NdjsonRows().parser()).toArray()) as RawRow[];
    expect(rows.map(({ line, fields }) => [line, fields[0]])).toEqual([
      [1, '1'],
      [2, '2'],
      [4, '3'],
      [6, '4'],
      [8, '5'],
    ]);
  }
});

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { decode, type Encoding } from './decode';
import { FileFault } from './import-row';

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

async function read(encoding: Encoding, chunks: Buffer[]): Promise<string> {
  return pipeline(Readable.from(chunks), decode(encoding), async (text) => (await buffer(text)).toString());
}

/** The messages of a file, for chunks of several sizes. */
async function messagesOf(encoding: Encoding, bytes: Buffer): Promise<Set<string>> {
  const messages = new Set<string>();
  for (const size of [1, 2, 3, 5, 64, 1000, bytes.length]) {
    const error: unknown = await read(encoding, chunksOf(bytes, size)).catch((thrown: unknown) => thrown);
    messages.add(error instanceof FileFault ? error.message : `no fault: ${String(error)}`);
  }
  return messages;
}

const utf8 = (content: string) => Buffer.from(content);
const latin = (content: string) => Buffer.from(content, 'latin1');
const utf16 = (content: string) => Buffer.from(content, 'utf16le');
const LOW = '\udc00';

describe('decode', () => {
  it.each<[Encoding, Buffer]>([
    ['utf-8', utf8('\ufeffname\r\nGießkanne 🪴\r漢字\n')],
    ['windows-1252', latin('\u00ef\u00bb\u00bfname\r\nGie\u00dfkanne\r\n')],
    ['utf-16le', utf16('\ufeffname\r\nGießkanne 🪴\r漢字\n')],
  ])('reads %s in chunks of any size', async (encoding, bytes) => {
    const whole = bytes.toString(encoding === 'windows-1252' ? 'latin1' : encoding);
    for (let size = 1; size <= bytes.length; size++)
      expect(await read(encoding, chunksOf(bytes, size))).toBe(whole);
  });

  const endings: [name: string, end: string, ends?: number][] = [
    ['LF', '\n'],
    ['CR and LF', '\r\n'],
    ['CR', '\r'],
    ['LF and CR', '\n\r', 2],
  ];

  it.each(endings)('names the line of a wrong byte in UTF-8, with %s', async (_name, end, ends = 1) => {
    const lines = `Gießkanne 🪴 漢字${end}`.repeat(100);
    const bytes = Buffer.concat([utf8(lines), latin(`Gie\u00dfkanne${end}`), utf8(lines)]);
    const line = 100 * ends + 1;
    expect([...(await messagesOf('utf-8', bytes))]).toEqual([
      `Line ${line} is not in the encoding utf-8. Try encoding=windows-1252.`,
    ]);
  });

  it.each(endings)('names the line of a wrong unit in UTF-16LE, with %s', async (_name, end, ends = 1) => {
    const lines = `Gießkanne 🪴 漢字${end}`.repeat(100);
    for (const wrong of [LOW, '\ud800']) {
      const bytes = utf16(`${lines}Can${wrong}${end}${lines}`);
      expect([...(await messagesOf('utf-16le', bytes))]).toEqual([
        `Line ${100 * ends + 1} is not in the encoding utf-16le.`,
      ]);
    }
  });

  it('names the line in which a file ends too early', async () => {
    expect([...(await messagesOf('utf-8', utf8('a\r\nb\rGieß').subarray(0, -1)))]).toEqual([
      'The file ends in line 3 in the middle of a character; perhaps it is cut off.',
    ]);
    expect([...(await messagesOf('utf-16le', utf16('a\r\nb\rc').subarray(0, -1)))]).toEqual([
      'The file ends in line 3 in the middle of a character; perhaps it is cut off.',
    ]);
  });

  it('knows a file that is not in UTF-16LE', async () => {
    const message = 'Line 1 is not in the encoding utf-16le. Try encoding=utf-8.';
    const files = ['name,price\nCan,1\n', 'name,price\nCan,1', 'a', 'name,price\nГорщик,1\n', '漢,字\n'];
    for (const file of [...files, 'Can,1\n'.repeat(100_000)])
      expect([...(await messagesOf('utf-16le', utf8(file).subarray(0, 200_000)))]).toEqual([message]);
  });

  it('does not take the mark of UTF-16LE alone for another encoding', async () => {
    expect(await read('utf-16le', [utf16('\ufeff')])).toBe('\ufeff');
    expect(await read('utf-16le', [])).toBe('');
  });

  it('reads no more of a large file that is not in UTF-16LE than its beginning', async () => {
    let chunks = 0;
    const endless = function* () {
      for (; chunks < 1000; chunks++) yield Buffer.alloc(10_000, 'Can,1\n');
    };
    await expect(pipeline(Readable.from(endless()), decode('utf-16le'), buffer)).rejects.toThrow(
      'Try encoding=utf-8.',
    );
    expect(chunks).toBeLessThan(50);
  });
});

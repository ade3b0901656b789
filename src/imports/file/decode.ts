import { Transform } from 'node:stream';
import { TextDecoder } from 'node:util';
import { FileFault } from './import-row';

export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const NEW_LINE = 0x0a;

/** What a file is that is not text, by its first bytes. */
const OTHER_FILES: readonly (readonly [what: string, start: readonly number[]])[] = [
  ['a spreadsheet or a ZIP file', [0x50, 0x4b, 0x03, 0x04]],
  ['an old spreadsheet', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a compressed file', [0x1f, 0x8b]],
  ['a PDF file', [0x25, 0x50, 0x44, 0x46]],
];
const UTF_16LE_MARK = [0xff, 0xfe];

/** Turns the bytes of a file into UTF-8. Bytes that its encoding does not have end it with a FileFault. */
export function decode(encoding: Encoding): Transform {
  const text = new StrictText(encoding);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        done(null, text.next(chunk));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, text.end());
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

class StrictText {
  private readonly decoder: TextDecoder;
  private lines = 1;
  private isBegun = false;
  /** the last bytes of the chunk before */
  private rest: Buffer = Buffer.alloc(0);
  private hint: string;

  constructor(private readonly encoding: Encoding) {
    this.decoder = strictDecoder(encoding);
    this.hint = encoding === 'utf-8' ? ' Try encoding=windows-1252.' : '';
  }

  next(chunk: Buffer): string {
    if (!this.isBegun) this.begin(chunk);
    try {
      const text = this.decoder.decode(chunk, { stream: true });
      this.lines += count(text, '\n');
      // A character has at most four bytes.
      this.rest = chunk.subarray(Math.max(0, chunk.length - 3));
      return text;
    } catch (error) {
      const line = this.lines + this.linesBeforeFault(chunk);
      const message = `Line ${line} is not in the encoding ${this.encoding}.${this.hint}`;
      throw new FileFault(message, line, { cause: error });
    }
  }

  end(): string {
    try {
      return this.decoder.decode();
    } catch (error) {
      const message = `The file ends in line ${this.lines} in the middle of a character; perhaps it is cut off.`;
      throw new FileFault(message, this.lines, { cause: error });
    }
  }

  private begin(chunk: Buffer): void {
    this.isBegun = true;
    const other = OTHER_FILES.find(([, start]) => startsWith(chunk, start));
    if (other) throw new FileFault(`This is ${other[0]}, not text. Save it as CSV first.`, 1);
    if (startsWith(chunk, UTF_16LE_MARK)) this.hint = ' Try encoding=utf-16le.';
  }

  /** How many line ends are before the first wrong byte. */
  private linesBeforeFault(chunk: Buffer): number {
    // Of UTF-16 the lines cannot be told apart by single bytes.
    if (this.encoding !== 'utf-8') return 0;
    const decoder = strictDecoder(this.encoding);
    let found = 0;
    for (let from = 0; ; found++) {
      const end = chunk.indexOf(NEW_LINE, from);
      const line = chunk.subarray(from, end === -1 ? chunk.length : end);
      const before = from === 0 ? incompleteEnd(this.rest) : Buffer.alloc(0);
      try {
        decoder.decode(Buffer.concat([before, line]));
      } catch {
        return found;
      }
      if (end === -1) return found;
      from = end + 1;
    }
  }
}

function strictDecoder(encoding: Encoding): TextDecoder {
  // The byte order mark stays, for the parser to drop.
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
}

/** The bytes at the end that are the beginning of a character of UTF-8. */
function incompleteEnd(bytes: Buffer): Buffer {
  const start = bytes.findLastIndex((byte) => byte >= 0xc0);
  if (start === -1) return Buffer.alloc(0);
  const lead = bytes[start] ?? 0;
  const length = [0xe0, 0xf0].filter((first) => lead >= first).length + 2;
  return bytes.length - start < length ? bytes.subarray(start) : Buffer.alloc(0);
}

function startsWith(bytes: Buffer, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}

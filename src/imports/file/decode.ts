import { Transform } from 'node:stream';
import { TextDecoder } from 'node:util';
import { FileFault } from './import-row';

export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const NEW_LINE = 0x0a;

/** CSV and NDJSON have ASCII characters everywhere, and in UTF-16 each of them has a zero byte. */
const MAX_BYTES_WITHOUT_ZERO = 64 * 1024;

/** What a file is that is not text, by its first bytes. */
const OTHER_FILES: readonly (readonly [what: string, start: readonly number[]])[] = [
  ['a spreadsheet or a ZIP file', [0x50, 0x4b, 0x03, 0x04]],
  ['an old spreadsheet', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a compressed file', [0x1f, 0x8b]],
  ['a PDF file', [0x25, 0x50, 0x44, 0x46]],
];
const UTF_16LE_MARK = [0xff, 0xfe];
const UTF_16BE_MARK = [0xfe, 0xff];

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
  private readonly lines = new LineCount();
  private bytes = 0;
  /** the last bytes before the next chunk */
  private rest: Buffer = Buffer.alloc(0);
  private hasMark = false;
  private hasZero = false;

  constructor(private readonly encoding: Encoding) {
    this.decoder = strictDecoder(encoding);
  }

  next(chunk: Buffer): string {
    if (this.bytes === 0) this.begin(chunk);
    this.hasZero ||= this.encoding === 'utf-16le' && chunk.includes(0);
    const before = incompleteEnd(this.rest, this.encoding, this.bytes);
    this.bytes += chunk.length;
    if (this.bytes >= MAX_BYTES_WITHOUT_ZERO && this.isUnlikely()) throw this.fault();
    try {
      const text = this.decoder.decode(chunk, { stream: true });
      this.lines.add(text);
      // A character has at most four bytes.
      this.rest = (chunk.length < 3 ? Buffer.concat([this.rest, chunk]) : chunk).subarray(-3);
      return text;
    } catch (error) {
      this.lines.add(goodText(Buffer.concat([before, chunk]), this.encoding));
      throw this.fault(error);
    }
  }

  end(): string {
    if (this.bytes > 0 && this.isUnlikely()) throw this.fault();
    try {
      return this.decoder.decode();
    } catch (error) {
      const line = this.lines.value;
      const message = `The file ends in line ${line} in the middle of a character; perhaps it is cut off.`;
      throw new FileFault(message, line, { cause: error });
    }
  }

  private begin(chunk: Buffer): void {
    const other = OTHER_FILES.find(([, start]) => startsWith(chunk, start));
    if (other) throw new FileFault(`This is ${other[0]}, not text. Save it as CSV first.`, 1);
    if (startsWith(chunk, UTF_16BE_MARK))
      throw new FileFault(
        'This is UTF-16 in big-endian order, which is not read. Save it as UTF-8 first.',
        1,
      );
    this.hasMark = startsWith(chunk, UTF_16LE_MARK);
  }

  /** Whether it is said to be UTF-16, and nothing in it is a sign of that. */
  private isUnlikely(): boolean {
    return this.encoding === 'utf-16le' && !this.hasMark && !this.hasZero;
  }

  private fault(cause?: unknown): FileFault {
    const line = this.lines.value;
    const message = `Line ${line} is not in the encoding ${this.encoding}.${this.hint()}`;
    return new FileFault(message, line, { cause });
  }

  private hint(): string {
    if (this.encoding === 'utf-8') return ` Try encoding=${this.hasMark ? 'utf-16le' : 'windows-1252'}.`;
    return this.isUnlikely() ? ' Try encoding=utf-8.' : '';
  }
}

/** In which line a text ends that comes in pieces. A line ends with CR and LF, LF, or CR. */
class LineCount {
  value = 1;
  private isAfterReturn = false;

  add(text: string): void {
    if (text === '') return;
    if (this.isAfterReturn && text.startsWith('\n')) this.value--;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.value++;
    for (let at = text.indexOf('\r'); at !== -1; at = text.indexOf('\r', at + 1))
      if (text.charCodeAt(at + 1) !== NEW_LINE) this.value++;
    this.isAfterReturn = text.endsWith('\r');
  }
}

function strictDecoder(encoding: Encoding): TextDecoder {
  // The byte order mark stays, for the parser to drop.
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
}

/** The text before the first wrong byte. */
function goodText(bytes: Buffer, encoding: Encoding): string {
  let text = '';
  let good = 0;
  for (let bad = bytes.length; bad - good > 1;) {
    const middle = (good + bad) >> 1;
    try {
      text = strictDecoder(encoding).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return text;
}

/** The bytes at the end that are the beginning of a character. @param length of all bytes up to this end */
function incompleteEnd(bytes: Buffer, encoding: Encoding, length: number): Buffer {
  if (encoding === 'windows-1252') return Buffer.alloc(0);
  if (encoding === 'utf-8') return incompleteUtf8(bytes);
  const odd = length % 2;
  const isFirstOfTwo = ((bytes.at(-1 - odd) ?? 0) & 0xfc) === 0xd8;
  return bytes.subarray(bytes.length - odd - (isFirstOfTwo ? 2 : 0));
}

/** The bytes at the end that are the beginning of a character of UTF-8. */
function incompleteUtf8(bytes: Buffer): Buffer {
  const start = bytes.findLastIndex((byte) => byte >= 0xc0);
  if (start === -1) return Buffer.alloc(0);
  const lead = bytes[start] ?? 0;
  const length = [0xe0, 0xf0].filter((first) => lead >= first).length + 2;
  return bytes.length - start < length ? bytes.subarray(start) : Buffer.alloc(0);
}

function startsWith(bytes: Buffer, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

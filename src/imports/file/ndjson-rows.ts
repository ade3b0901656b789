import { Transform } from 'node:stream';
import { parseJson } from '../../common/http/parse-json';
import { storable } from './copy-text';
import { COLUMNS, LINE_END } from './csv-rows';
import { FileFault, type RawRow, type RowFault } from './import-row';

const MEMBERS = new Set<string>(COLUMNS);
const UNKNOWN = `unknown member; known are ${COLUMNS.join(', ')}`;

/** A longer line is no item. */
const MAX_LINE_LENGTH = 64 * 1024;

/** Reads the rows of a file with one JSON object a line. */
export class NdjsonRows {
  /** where the last row that was read ends */
  lastLine = 0;
  /** whether any row has tags */
  hasTags = false;

  /** A stream that takes text, and gives rows. */
  parser(): Transform {
    let rest = '';
    const take = (stream: Transform, line: string) => {
      this.lastLine++;
      checkLength(line, this.lastLine);
      const text = line.trim();
      if (text !== '') stream.push(this.read(text));
    };
    const parser = new Transform({
      decodeStrings: false,
      readableObjectMode: true,
      transform: (chunk: string | Buffer, _encoding, done) => {
        const text = rest + chunk.toString();
        // The second half of a line end may come with the next chunk.
        const half = text.endsWith('\r') ? '\r' : '';
        const lines = text.slice(0, text.length - half.length).split(LINE_END);
        rest = (lines.pop() ?? '') + half;
        try {
          for (const line of lines) take(parser, line);
          // A line that never ends must not fill the memory.
          checkLength(rest, this.lastLine + 1);
          done();
        } catch (error) {
          done(error as Error);
        }
      },
      flush: (done) => {
        if (rest !== '') take(parser, rest);
        done();
      },
    });
    return parser;
  }

  private read(text: string): RawRow {
    const row = { line: this.lastLine, item: {}, faults: [] as RowFault[], fields: [text] };
    let value: unknown;
    try {
      value = parseJson(this.lastLine === 1 ? text.replace('\ufeff', '') : text);
    } catch {
      return { ...row, faults: [{ pointer: '', message: 'must be JSON' }] };
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { ...row, faults: [{ pointer: '', message: 'must be an object' }] };
    const unknown = Object.keys(value).filter((member) => !MEMBERS.has(member));
    const faults = unknown.map((member) => ({ pointer: pointerTo(member), message: UNKNOWN }));
    if ('tags' in value) this.hasTags = true;
    return { ...row, item: value, faults };
  }
}

/** @throws FileFault if a line is too long, without the `\r` at its end */
function checkLength(text: string, line: number): void {
  const length = text.endsWith('\r') ? text.length - 1 : text.length;
  if (length > MAX_LINE_LENGTH)
    throw new FileFault(`Line ${line} is longer than ${MAX_LINE_LENGTH} characters.`, line);
}

/** A JSON pointer. What PostgreSQL cannot store is shown by U+FFFD. */
function pointerTo(member: string): string {
  return `/${storable(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

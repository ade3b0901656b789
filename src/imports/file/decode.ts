import { Transform } from 'node:stream';
import { FileFault } from './import-row';

export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const REPLACEMENT = '\ufffd';

/** Turns the bytes of a file into UTF-8. Bytes that its encoding does not have end it with a FileFault. */
export function decode(encoding: Encoding): Transform {
  // The byte order mark stays, for the parser to drop.
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  let lines = 1;
  const toText = (chunk?: Buffer): string => {
    try {
      const text = decoder.decode(chunk, { stream: chunk !== undefined });
      lines += count(text, '\n');
      return text;
    } catch (error) {
      const before = new TextDecoder(encoding).decode(chunk).split(REPLACEMENT)[0] ?? '';
      const hint = encoding === 'utf-8' ? ' Try encoding=windows-1252.' : '';
      const line = lines + count(before, '\n');
      throw new FileFault(`Line ${line} is not in the encoding ${encoding}.${hint}`, line, { cause: error });
    }
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        done(null, toText(chunk));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, toText());
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}

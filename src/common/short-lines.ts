import { type DestinationStream } from 'pino';

/** What is left of each text of a line that is too long, in characters; the first that is short enough. */
const LENGTHS = [1000, 200, 40];

/**
 * For a log that several processes write to at once: what is longer than they can write in one piece could be cut in two
 * by another's, so the texts of longer lines are cut instead.
 *
 * @param longest in bytes
 */
export function shortLines(destination: DestinationStream, longest: number): DestinationStream {
  const fits = (line: string) => Buffer.byteLength(line) <= longest;
  return {
    write: (line) => {
      let short = line;
      for (const length of LENGTHS) {
        if (fits(short)) break;
        short = shorten(line, length);
      }
      destination.write(short);
    },
  };
}

function shorten(line: string, length: number): string {
  const cut = (_name: string, value: unknown) =>
    typeof value === 'string' && value.length > length ? `${value.slice(0, length)}…` : value;
  return `${JSON.stringify(JSON.parse(line), cut)}\n`;
}

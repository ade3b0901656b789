import { type DestinationStream } from 'pino';

/** The lengths to which the texts of a too long line are cut, in characters. The first that is enough is used. */
const LENGTHS = [1000, 200, 40];

/**
 * Shortens lines of a log that several processes write to: a line that is too long for one write could be mixed with
 * lines of other processes.
 *
 * @param longest the maximum length of a line, in bytes
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

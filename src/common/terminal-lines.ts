import { type DestinationStream } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** What stands in the log of a request. */
interface RequestEntry {
  time: string;
  method: string;
  path: string;
  /** missing where the client went away before its answer */
  status?: number;
  ms: number;
}

/** The log as people read it on a terminal: a request is one short line, everything else is as pino-pretty shows it. */
export function terminalLines(write: (text: string) => void): DestinationStream {
  const pretty = prettyFactory({ translateTime: 'SYS:HH:MM:ss', ignore: 'request_id' });
  return {
    write: (line) => {
      const entry = JSON.parse(line) as RequestEntry & { msg?: string };
      write(entry.msg === 'request' ? requestLine(entry) : pretty(entry));
    },
  };
}

/** Time, method, path, status and milliseconds of a request. */
export function requestLine({ time, method, path, status, ms }: RequestEntry): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  return `[${clock}] ${method} ${printable(path)} ${status ?? 'aborted'} ${ms} ms\n`;
}

/** A client must not control the terminal of those who watch it. */
function printable(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, encodeURIComponent);
}

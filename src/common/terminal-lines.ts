import { type DestinationStream } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** The log entry of a request. */
interface RequestEntry {
  time: string;
  method: string;
  path: string;
  /** missing if the client went away before the response */
  status?: number;
  ms: number;
}

/** Formats the log for a terminal: a request is one short line, and everything else is formatted by pino-pretty. */
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

/** Escapes control characters, so that a client cannot control the terminal. */
function printable(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, encodeURIComponent);
}

import { constants } from 'node:os';
import { STOP_SIGNALS } from '../server/stop-signals';

/** A command ends before its time, and nothing needs to be said about it. */
export class Interruption extends Error {
  constructor(readonly status: number) {
    super('interrupted');
  }
}

/** The status of a shell's command that a signal has ended. */
export const statusOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

const stop = new AbortController();

/**
 * Does `work`, unless or until the command is interrupted; what is to be closed then, the caller closes.
 *
 * @throws Interruption
 */
export async function unlessInterrupted<T>(work: () => Promise<T>): Promise<T> {
  const { signal } = stop;
  signal.throwIfAborted();
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Interruption);
    });
  });
  return Promise.race([work(), interrupted]);
}

/** From here on a signal interrupts instead of ending the process. People press Ctrl-C twice, and npm passes it on. */
export function heedSignals(): void {
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      stop.abort(new Interruption(statusOf(signal)));
    });
  }
}

/** Output that nobody reads, as behind `head`, ends a command quietly; a full disk is told. */
export function heedOutput(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (stop.signal.aborted) return;
    const unread = error.code === 'EPIPE';
    if (!unread) process.stderr.write(`emporium: Standard output cannot be written: ${error.message}\n`);
    process.exitCode = unread ? statusOf('SIGPIPE') : 1;
    stop.abort(new Interruption(process.exitCode));
  });
}

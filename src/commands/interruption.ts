import { constants } from 'node:os';
import { STOP_SIGNALS } from '../server/stop-signals';

/** A command was stopped early by a signal or a closed pipe. No message is shown. */
export class Interruption extends Error {
  constructor(readonly status: number) {
    super('interrupted');
  }
}

/** The exit status that a shell reports for a command that was ended by this signal. */
export const statusOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

const stop = new AbortController();

/** Its reason is the Interruption. */
export const interrupted: AbortSignal = stop.signal;

/**
 * Runs `work`, unless the command is interrupted before or during it. The caller then closes what it has opened.
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

/** After this call, signals interrupt the command instead of ending the process. npm can send a signal twice. */
export function heedSignals(): void {
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      stop.abort(new Interruption(statusOf(signal)));
    });
  }
}

/**
 * After this call, a command ends without a message when its output is no longer read, as with `| head`. Other errors,
 * such as a full disk, are reported.
 */
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

/** npm passes on a signal that its command has had from the terminal, too. */
const REPEATED_WITHIN = 500;

/** After this call, a second signal ends the process at once. It is for commands whose end may take long. */
export function endAtSecondSignal(): void {
  let first: number | undefined;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      first ??= performance.now();
      if (performance.now() - first > REPEATED_WITHIN) process.exit(statusOf(signal));
    });
  }
}

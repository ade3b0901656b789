import { type End } from './worker-process';

/** A worker ended before all workers listened. The message is for an operator. */
export class WorkerError extends Error {
  constructor({ code, signal, reason }: End) {
    super(reason ?? `A worker ended while it started: ${signal ?? `status ${code ?? 'unknown'}`}.`);
  }
}

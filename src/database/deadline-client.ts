import { type Socket } from 'node:net';
import pg from 'pg';

/** How much longer than the server's own `statement_timeout` a client waits, in milliseconds. */
const GRACE = 1000;

/**
 * A client that gives up on a server that answers nothing, a frozen or unplugged one: there `statement_timeout` never
 * fires. It destroys the socket, so that the connection leaves the pool. The driver's `query_timeout` must not do
 * this: it gives the connection back with the statement, and its transaction, still open.
 */
export class DeadlineClient extends pg.Client {
  private readonly deadline: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private suspended = false;

  constructor(options: pg.ClientConfig) {
    super(options);
    const { statement_timeout: timeout } = options;
    this.deadline = timeout ? timeout + GRACE : undefined;
    this.on('drain', () => {
      this.disarm();
    });
    this.on('end', () => {
      this.disarm();
    });
  }

  // The driver's overloads are many; all of them pass through unchanged.
  override query = ((...args: unknown[]): unknown => {
    this.arm();
    return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(this, args);
  }) as pg.Client['query'];

  /** Waits for ever from now on, or no longer so. For the one statement that may take long. */
  suspendDeadline(suspended: boolean): void {
    this.suspended = suspended;
    this.disarm();
  }

  private arm(): void {
    if (this.timer || this.deadline === undefined || this.suspended) return;
    this.timer = setTimeout(() => {
      const { connection } = this as unknown as { connection: { stream: Socket } };
      connection.stream.destroy(new Error('Connection terminated: the database did not answer in time'));
    }, this.deadline);
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}

import './javascript-driver';
import { Readable } from 'node:stream';
import { to } from 'pg-copy-streams';
import { type DataSource, type EntityManager } from 'typeorm';
import { type DeadlineClient } from './deadline-client';
import { withoutDeadline } from './without-deadline';

/**
 * How long nobody may read while there is something to read, in milliseconds. An open statement holds a connection, and
 * keeps PostgreSQL from removing old rows.
 */
const STALL_TIMEOUT = 60_000;

/**
 * Runs COPY … TO STDOUT, which has no time limit. Its rows are of one snapshot. Resolves when the first of them are there.
 *
 * Whoever destroys the stream cancels the statement. The stream ends only when all rows have come, and fails otherwise.
 *
 * @param signal cancels the statement while its first row is not there
 */
export async function copyOut(dataSource: DataSource, text: string, signal: AbortSignal): Promise<Readable> {
  let rows: CopiedRows | undefined;
  let isComplete = false;
  return new Promise((resolve, reject) => {
    // The last rows of a slow reader lie in buffers, when the server has long sent them and ended the idle connection.
    const isWaiting = () => rows?.isHeldUp !== true;
    const copying = withoutDeadline(
      dataSource.manager,
      async (manager) => {
        const cancel = await cancellationOf(manager, dataSource);
        signal.throwIfAborted();
        const client = await clientOf(manager);
        rows = new CopiedRows(client.queryAlone(to(text)), cancel);
        const stop = rows.destroy.bind(rows, undefined);
        signal.addEventListener('abort', stop);
        await rows.started;
        signal.removeEventListener('abort', stop);
        resolve(rows);
        await rows.copied;
        // The transaction has written nothing, so its end cannot take back what has come.
        isComplete = true;
        rows.push(null);
      },
      isWaiting,
    );
    copying.catch((error: unknown) => {
      if (isComplete) return;
      rows?.destroy(error as Error);
      reject((signal.aborted ? signal.reason : error) as Error);
    });
  });
}

/**
 * Makes the function that ends the statement of a transaction at once. The server ends a statement that waits for its
 * reader only when the connection is closed, and one that looks for rows only when it is cancelled.
 */
async function cancellationOf(manager: EntityManager, dataSource: DataSource): Promise<() => void> {
  const client = await clientOf(manager);
  // Not the driver's own number: behind a pooler it is not that of the server's process.
  const [server] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
  return () => {
    client.socket.destroy();
    // The process belongs to this connection alone, also behind a pooler, which closes it in an open transaction.
    dataSource.query('SELECT pg_cancel_backend($1)', [server?.pid]).catch(() => undefined);
  };
}

async function clientOf(manager: EntityManager): Promise<DeadlineClient> {
  return (await manager.queryRunner?.connect()) as DeadlineClient;
}

/** The rows as a stream of our own, because that of the package cannot be destroyed. */
class CopiedRows extends Readable {
  /** when the first rows have come, or it is known that there are none */
  readonly started: Promise<void>;
  /** when all rows have come */
  readonly copied: Promise<void>;
  private isOver = false;
  private stalled: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: Readable,
    private readonly cancel: () => void,
  ) {
    super();
    this.copied = new Promise((resolve, reject) => {
      const over = (settle: () => void) => {
        this.isOver = true;
        settle();
      };
      source.once('end', () => {
        over(resolve);
      });
      source.on('error', (error) => {
        over(() => {
          reject(error);
        });
      });
    });
    this.started = Promise.race([
      new Promise<void>((resolve) => {
        source.once('data', () => {
          resolve();
        });
      }),
      this.copied,
    ]);
    source.on('data', (chunk) => {
      this.forward(chunk);
    });
    // It can fail before anybody listens.
    this.on('error', () => undefined);
  }

  /** Whether rows wait for their reader. */
  get isHeldUp(): boolean {
    return this.source.isPaused();
  }

  override _read(): void {
    clearTimeout(this.stalled);
    this.source.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.stalled);
    if (!this.isOver) this.cancel();
    done(error);
  }

  private forward(chunk: unknown): void {
    if (this.destroyed || this.push(chunk)) return;
    this.source.pause();
    this.stalled = setTimeout(() => {
      this.destroy(new Error('nobody has read the rows'));
    }, STALL_TIMEOUT).unref();
  }
}

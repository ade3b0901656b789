import { DatabaseClient, type DatabaseClientConfig } from '../database/database-client';
import { isPreparationError } from '../database/errors';
import { type Row, TEXT_ONLY } from '../database/executor';

/**
 * One connection that many requests share. The statements of one turn of the event loop are sent together and answered
 * in order. That costs client and server less than a connection for each request. Use it only for short statements,
 * because a slow one delays those after it, and never for transactions.
 */
export class Pipeline {
  private client: Promise<DatabaseClient> | undefined;
  private connected: DatabaseClient | undefined;
  private isCorked = false;
  private isEnded = false;
  private unanswered = 0;

  /** @param deadline milliseconds without an answer after which the connection is closed; 0 for never */
  constructor(
    private readonly options: DatabaseClientConfig,
    private readonly deadline: number,
    private readonly onLost: (error: Error) => void,
  ) {}

  /** How many statements have no answer yet. */
  get waiting(): number {
    return this.unanswered;
  }

  /** Runs a statement that is prepared once under its name. */
  rows(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const send = (client: DatabaseClient, as = name) => {
        this.cork(client);
        this.unanswered++;
        client.query(
          { name: as, text, values, rowMode: 'array', ...EXTENDED },
          (error: Error | null, result: { rows: Row[] }) => {
            this.unanswered--;
            if (!error) resolve(result.rows);
            else if (as !== '' && isPreparationError(error)) send(client, '');
            else reject(error);
          },
        );
      };
      if (this.isEnded) reject(new Error('Client was closed and is not queryable'));
      else if (this.connected) send(this.connected);
      else this.connecting().then(send, reject);
    });
  }

  /** Closes the connection at once: what waits for an answer fails. The next statement opens another connection. */
  drop(): void {
    this.connected?.socket.destroy(new Error('Connection terminated: the server is not used any more'));
  }

  /** Closes the connection if no statement waits for its answer. The next statement opens another one. */
  dropIdle(): void {
    const { connected } = this;
    if (!connected || this.unanswered > 0) return;
    this.client = this.connected = undefined;
    connected.end().catch(() => undefined);
  }

  /** Waits for the answers to what was sent, and accepts no more statements. */
  async end(): Promise<void> {
    this.isEnded = true;
    const client = await this.client?.catch(() => undefined);
    await client?.end();
  }

  /** The connection that is being opened; opens one if there is none. */
  private connecting(): Promise<DatabaseClient> {
    if (!this.client) {
      this.client = this.connect();
      this.client.catch(() => {
        this.client = undefined;
      });
    }
    return this.client;
  }

  private async connect(): Promise<DatabaseClient> {
    const client = new DatabaseClient({
      ...this.options,
      types: TEXT_ONLY,
      pipeline: true,
      sessionSettings: { ...this.options.sessionSettings, ...PLANNED_ONCE },
    });
    let isLost = false as boolean;
    const lose = () => {
      isLost = true;
      if (this.connected === client) this.client = this.connected = undefined;
    };
    client.on('error', (error) => {
      if (this.connected === client) this.onLost(error);
      lose();
      // The driver waits for the server to close the connection, but the server may be gone.
      client.socket.destroy();
    });
    client.on('end', lose);
    await client.connect();
    // One packet of the server can both accept the connection and end it.
    if (isLost) throw new Error('Connection terminated unexpectedly');
    this.connected = client;
    this.watch(client);
    return client;
  }

  /** Buffers what is sent until the end of this turn of the event loop. */
  private cork(client: DatabaseClient): void {
    if (this.isCorked) return;
    this.isCorked = true;
    const stream = client.socket;
    stream.cork();
    setImmediate(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }

  /**
   * Closes the connection when the server does not answer: a frozen or unplugged server does not apply
   * `statement_timeout`. The time is counted in ticks, because a process that was paused could not read answers, and
   * counts no ticks either.
   */
  private watch(client: DatabaseClient): void {
    if (this.deadline === 0) return;
    let silentTicks = 0;
    let bytesBefore = 0;
    const timer = setInterval(() => {
      const { bytesRead } = client.socket;
      const isWaiting = this.unanswered > 0 || this.isEnded;
      silentTicks = isWaiting && bytesRead === bytesBefore ? silentTicks + 1 : 0;
      bytesBefore = bytesRead;
      if (silentTicks <= TICKS) return;
      client.socket.destroy(new Error('Connection terminated: the database did not answer in time'));
    }, this.deadline / TICKS).unref();
    client.on('end', () => {
      clearInterval(timer);
    });
  }
}

const TICKS = 8;

/** Without it the driver would send a statement without name and values by the simple protocol. */
const EXTENDED = { queryMode: 'extended' };

/**
 * For these statements one plan for all values is right, and it uses an index. Without these settings PostgreSQL would
 * plan again for single values, and could keep a plan that it made while a table was empty.
 */
export const PLANNED_ONCE = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

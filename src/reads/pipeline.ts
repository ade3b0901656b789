import { DatabaseClient, type DatabaseClientConfig } from '../database/database-client';
import { type Row, TEXT_ONLY } from '../database/executor';

/**
 * One connection that many requests share. What they ask in one turn of the event loop is sent together, and answered
 * in order, which costs client and server less than one question at a time on a connection each. Only for statements
 * that are short: a slow one holds up those behind it. Never for transactions.
 */
export class Pipeline {
  private client: Promise<DatabaseClient> | undefined;
  private connected: DatabaseClient | undefined;
  private isCorked = false;
  private isEnded = false;
  private unanswered = 0;

  /** @param deadline milliseconds without any answer after which the connection is given up; 0 for never */
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
            else if (as !== '' && isOfPreparation(error)) {
              client.forgetStatement(as);
              send(client, '');
            } else reject(error);
          },
        );
      };
      if (this.isEnded) reject(new Error('Client was closed and is not queryable'));
      else if (this.connected) send(this.connected);
      else this.connecting().then(send, reject);
    });
  }

  /** Lets what is under way finish, and takes nothing more. */
  async end(): Promise<void> {
    this.isEnded = true;
    const client = await this.client?.catch(() => undefined);
    await client?.end();
  }

  /** The connection that is being made; begins one if there is none. */
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
      // The driver leaves it to the server to close the connection, and the server may no longer be able to.
      client.socket.destroy();
    });
    client.on('end', lose);
    await client.connect();
    // The server may have accepted the connection and ended it in one packet.
    if (isLost) throw new Error('Connection terminated unexpectedly');
    this.connected = client;
    this.watch(client);
    return client;
  }

  /** Holds what is sent until the end of this turn of the event loop. */
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
   * A frozen or unplugged server answers nothing, and `statement_timeout` never fires there. Time is counted in ticks:
   * while this process itself stands still, answers cannot be read, and no tick is counted either.
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

/**
 * Whether a statement failed for its name alone: the statement before it, which should have prepared it, failed (26000);
 * it is prepared already (42P05); or the schema has changed since (0A000).
 */
function isOfPreparation(error: Error): boolean {
  const { code } = error as { code?: string };
  return code === '26000' || code === '42P05' || code === '0A000';
}

/** A statement without name and values would take the simple protocol. */
const EXTENDED = { queryMode: 'extended' };

/**
 * Here one plan for all values is the right one, and it uses an index. Otherwise PostgreSQL would compare it with plans
 * for single values again and again, and keep a plan that it made while a table was empty.
 */
export const PLANNED_ONCE = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

import { type Socket } from 'node:net';
import type pg from 'pg';
import { type Row, TEXT_ONLY } from '../database/executor';
import { UtcClient } from '../database/utc-client';

/**
 * One connection that many requests share. What they ask in one turn of the event loop is sent together, and answered
 * in order, which costs client and server less than one question at a time on a connection each. Only for statements
 * that are short: a slow one holds up those behind it. Never for transactions.
 */
export class Pipeline {
  private client: Promise<pg.Client> | undefined;
  private connected: pg.Client | undefined;
  private isCorked = false;
  private isEnded = false;
  private unanswered = 0;

  /** @param deadline milliseconds without any answer after which the connection is given up; 0 for never */
  constructor(
    private readonly options: pg.ClientConfig,
    private readonly deadline: number,
    private readonly onLost: (error: Error) => void,
  ) {}

  /** How many questions have no answer yet. */
  get waiting(): number {
    return this.unanswered;
  }

  /** Runs a statement that is prepared once under its name. */
  rows(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const send = (client: pg.Client, as = name) => {
        this.cork(client);
        this.unanswered++;
        client.query(
          { name: as, text, values, rowMode: 'array', ...EXTENDED },
          (error: Error | null, result: { rows: Row[] }) => {
            this.unanswered--;
            if (!error) resolve(result.rows);
            else if (as !== '' && isOfPreparation(error)) send(client, '');
            else reject(error);
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

  /** The connection that is on its way, begun unless one is. */
  private connecting(): Promise<pg.Client> {
    if (!this.client) {
      this.client = this.connect();
      this.client.catch(() => {
        this.client = undefined;
      });
    }
    return this.client;
  }

  private async connect(): Promise<pg.Client> {
    const client = new PipelineClient({ ...this.options, types: TEXT_ONLY, ...PIPELINE });
    let isLost = false as boolean;
    const lose = () => {
      isLost = true;
      if (this.connected === client) this.client = this.connected = undefined;
    };
    client.on('error', (error) => {
      if (this.connected === client) this.onLost(error);
      lose();
      // The driver leaves it to the server, which may be too far gone, to close the connection.
      streamOf(client).destroy();
    });
    client.on('end', lose);
    await client.connect();
    // Its end may have come in the same packet as its beginning.
    if (isLost) throw new Error('Connection terminated unexpectedly');
    this.connected = client;
    this.watch(client);
    return client;
  }

  /** Holds what is sent until the end of this turn of the event loop. */
  private cork(client: pg.Client): void {
    if (this.isCorked) return;
    this.isCorked = true;
    const stream = streamOf(client);
    stream.cork();
    setImmediate(() => {
      this.isCorked = false;
      stream.uncork();
    });
  }

  /**
   * A frozen or unplugged server answers nothing, and `statement_timeout` never fires there. Time goes by ticks: while
   * this process itself stood still, answers could not be read.
   */
  private watch(client: pg.Client): void {
    if (this.deadline === 0) return;
    let silentTicks = 0;
    let bytesBefore = 0;
    const timer = setInterval(() => {
      const { bytesRead } = streamOf(client);
      const isWaiting = this.unanswered > 0 || this.isEnded;
      silentTicks = isWaiting && bytesRead === bytesBefore ? silentTicks + 1 : 0;
      bytesBefore = bytesRead;
      if (silentTicks <= TICKS) return;
      streamOf(client).destroy(new Error('Connection terminated: the database did not answer in time'));
    }, this.deadline / TICKS).unref();
    client.on('end', () => {
      clearInterval(timer);
    });
  }
}

const TICKS = 8;

/**
 * Whether a statement failed for its name alone: the one before it that should have prepared it failed, or the schema has
 * changed since.
 */
function isOfPreparation(error: Error): boolean {
  const { code } = error as { code?: string };
  return code === '26000' || code === '0A000';
}

/** A statement without name and values would take the simple protocol. */
const EXTENDED = { queryMode: 'extended' };

/** The driver's types do not know it yet. */
const PIPELINE = { pipeline: true };

/**
 * The plan for all values is the right one here, and by index: PostgreSQL would go on weighing it against others, and
 * what it planned while a table was empty it would keep.
 */
export const PLANNED_ONCE = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

class PipelineClient extends UtcClient {
  protected override startupParameters(): Record<string, string> {
    return { ...super.startupParameters(), ...PLANNED_ONCE };
  }
}

function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

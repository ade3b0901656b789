import { type Socket } from 'node:net';
import type pg from 'pg';
import { UtcClient } from './utc-client';

/** A row as the server sends it: the text of each column. */
export type Row = readonly (string | null)[];

/** Leaves every column as the text that it comes as. */
export const TEXT_ONLY: pg.CustomTypesConfig = { getTypeParser: () => (text: unknown) => text };

/**
 * One connection that many requests share. What they ask in one turn of the event loop is sent together, and answered
 * in order, which costs client and server less than one question at a time on a connection each. Only for statements
 * that are short: a slow one holds up those behind it. Never for transactions.
 */
export class Pipeline {
  private client: Promise<pg.Client> | undefined;
  private connected: pg.Client | undefined;
  private isCorked = false;
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
      const send = (client: pg.Client) => {
        this.cork(client);
        this.unanswered++;
        client.query(
          { name, text, values, rowMode: 'array' },
          (error: Error | null, result: { rows: Row[] }) => {
            this.unanswered--;
            if (error) reject(error);
            else resolve(result.rows);
          },
        );
      };
      if (this.connected) send(this.connected);
      else (this.client ??= this.connect()).then(send, reject);
    });
  }

  async end(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    await client?.end();
  }

  private async connect(): Promise<pg.Client> {
    const client = new PipelineClient({ ...this.options, types: TEXT_ONLY, ...PIPELINE });
    const watch = this.watch(client);
    const lose = () => {
      clearInterval(watch);
      if (this.connected === client) this.client = this.connected = undefined;
    };
    client.on('error', (error) => {
      if (this.connected === client) this.onLost(error);
      lose();
    });
    client.on('end', lose);
    try {
      await client.connect();
    } catch (error) {
      clearInterval(watch);
      this.client = undefined;
      throw error;
    }
    this.connected = client;
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

  /** A frozen or unplugged server answers nothing, and `statement_timeout` never fires there. */
  private watch(client: pg.Client): NodeJS.Timeout | undefined {
    if (this.deadline === 0) return undefined;
    const { _sentQueryQueue: waiting } = client as unknown as { _sentQueryQueue: unknown[] };
    let silentSince = Date.now();
    let bytesBefore = 0;
    return setInterval(() => {
      const { bytesRead, destroyed } = streamOf(client);
      const isIdle = waiting.length === 0 && !(client as unknown as { _activeQuery: unknown })._activeQuery;
      if (isIdle || bytesRead !== bytesBefore) silentSince = Date.now();
      bytesBefore = bytesRead;
      if (Date.now() - silentSince < this.deadline || destroyed) return;
      streamOf(client).destroy(new Error('Connection terminated: the database did not answer in time'));
    }, this.deadline / 8).unref();
  }
}

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

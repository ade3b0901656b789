import pg from 'pg';
import { type DatabaseClient, type DatabaseClientConfig } from '../../database/database-client';
import { type Row, TEXT_ONLY } from '../../database/executor';
import { statementName } from '../../database/statement-name';
import { type PoolReader, ServerReads } from '../server-reads';

/** The connections on which requests read from one replica. They are opened when they are needed. */
export class ReplicaConnections {
  readonly reader: ServerReads;
  private readonly pool: pg.Pool;
  private readonly pooled = new Set<DatabaseClient>();

  /** @param hasPipelines whether there are shared connections in addition to those of the pool */
  constructor(config: DatabaseClientConfig, hasPipelines: boolean, onLost: (error: Error) => void) {
    this.pool = new pg.Pool(config);
    this.pool.on('error', onLost);
    this.pool.on('connect', (client) => this.pooled.add(client as unknown as DatabaseClient));
    this.pool.on('remove', (client) => this.pooled.delete(client as unknown as DatabaseClient));
    this.reader = new ServerReads(
      poolReader(this.pool),
      hasPipelines ? { options: config, onLost } : undefined,
    );
  }

  /** Closes all connections at once, so that what waits for an answer fails, and can be read from the primary. */
  drop(): void {
    this.reader.drop();
    for (const { socket } of this.pooled) {
      socket.destroy(new Error('Connection terminated: the replica is not used any more'));
    }
  }

  async end(): Promise<void> {
    await Promise.all([this.reader.end(), this.pool.end()]);
  }
}

function poolReader(pool: pg.Pool): PoolReader {
  const run = async (name: string, text: string, values: readonly unknown[]): Promise<Row[]> => {
    const query = { name, text, values: [...values], rowMode: 'array' as const, types: TEXT_ONLY };
    const { rows } = await pool.query<(string | null)[]>(query);
    return rows;
  };
  return {
    rows: async (text, values) => run(statementName(text), text, values),
    planned: async (text, values) => run('', text, values),
  };
}

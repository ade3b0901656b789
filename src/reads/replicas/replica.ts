import type pg from 'pg';
import { type Logger } from 'pino';
import { type HealthConfig } from '../../database/database-health';
import { type DeadlineClient } from '../../database/deadline-client';
import { type Reader, type Row, TEXT_ONLY } from '../../database/executor';
import { parseLsn, type WalPosition } from '../../database/wal-position';
import { IDENTITY, identityOf, type PrimaryProgress } from './primary-progress';
import { ReplicaConnections } from './replica-connections';

/** How far behind the primary a replica may be, in milliseconds. */
export const LAG_LIMIT = 5000;

/** How long a replica may take to answer a check, in milliseconds. */
const CHECK_TIMEOUT = 1000;

const STARTED = 'pg_postmaster_start_time()::text';

/**
 * No function tells the timeline that a standby replays. These three never tell a later one: that of its last restart
 * point, that of the last page that it wrote, and that which it receives (only members of `pg_read_all_stats` see it).
 */
const TIMELINE = `GREATEST((SELECT timeline_id FROM pg_control_checkpoint()),
  (SELECT min_recovery_end_timeline FROM pg_control_recovery()), (SELECT max(received_tli) FROM pg_stat_wal_receiver))`;

const STATE = `SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn(), ${TIMELINE}, ${STARTED}, ${IDENTITY}
  FROM pg_database d WHERE d.datname = current_database()`;

/** What a replica said of itself. */
interface State {
  isReplica: boolean;
  replayed: bigint;
  timeline: number;
  /** when the server was started, which tells it from every other server, and from itself before a restart */
  started: string;
  identity: Row;
}

export interface ReplicaSettings {
  /** host and port, for the log */
  name: string;
  config: HealthConfig;
  /** whether there are shared connections in addition to those of the pool */
  hasPipelines: boolean;
  /** whether the connections lead to a pooler, which gives each statement any of its own connections */
  pooler: boolean;
}

/** One replica: whether it can be used, and the connections to it. */
export class Replica {
  /** whether reads may be sent to it */
  isUsed = false;
  private readonly connections: ReplicaConnections;
  private readonly config: HealthConfig;
  private state: State | undefined;
  private client: DeadlineClient | undefined;
  private isLeftOut = false;
  private isStopped = false;
  private caughtUpAt: number;
  /** whether a new connection led to a server that the last check did not describe */
  private isOther = false;
  private isSpreadReported = false;

  constructor(
    private readonly settings: ReplicaSettings,
    private readonly primary: PrimaryProgress,
    private readonly logger: Logger,
  ) {
    const { config, hasPipelines, pooler } = settings;
    this.caughtUpAt = performance.now();
    this.config = {
      ...config,
      statement_timeout: CHECK_TIMEOUT,
      connectionTimeoutMillis: CHECK_TIMEOUT,
      idle_in_transaction_session_timeout: CHECK_TIMEOUT,
    };
    const check = pooler ? {} : { checkServer: (client: pg.Client) => this.verify(client) };
    this.connections = new ReplicaConnections({ ...config, ...check }, hasPipelines, () => {
      this.suspect();
    });
  }

  get reader(): Reader {
    return this.connections.reader;
  }

  /** How far behind the primary it is, in seconds. */
  get lag(): number {
    return Math.max(0, (this.primary.lastAt ?? this.caughtUpAt) - this.caughtUpAt) / 1000;
  }

  /** Whether it has replayed everything up to this position. A position of another timeline cannot be compared. */
  hasReplayed({ timeline, lsn }: WalPosition): boolean {
    const { state } = this;
    return state?.timeline === timeline && state.replayed >= lsn;
  }

  /** Sends it no reads until the next check. */
  suspect(): void {
    this.isUsed = false;
  }

  /** Asks it for its state, and decides whether it can be used. */
  async check(): Promise<void> {
    try {
      const state = await this.askForState();
      if (!this.isStopped) this.judge(state);
    } catch (error) {
      this.lose(error as Error);
    }
  }

  async end(): Promise<void> {
    this.isStopped = true;
    this.isUsed = false;
    this.client?.socket.destroy();
    await this.connections.end();
  }

  private judge(state: State): void {
    if (this.isOther && state.started === this.state?.started) this.reportSpread();
    this.isOther = false;
    this.state = state;
    const caughtUpAt = this.primary.caughtUpAt(state.replayed);
    if (caughtUpAt !== undefined) this.caughtUpAt = caughtUpAt;
    const fault = this.faultOf(state);
    if (fault !== undefined) this.leaveOut(fault);
    else if (caughtUpAt !== undefined) this.use();
    // It has not reached the first sample of a primary that is known only for a moment.
    else this.isUsed = false;
  }

  /** Why it cannot be used. */
  private faultOf({ isReplica, timeline, identity }: State): string | undefined {
    const { primary } = this;
    if (!isReplica) return 'it is not in recovery, so it is not a replica any more';
    if (!primary.identity) return undefined;
    const { cluster, database, collations } = identityOf(identity);
    if (cluster !== primary.identity.cluster) return 'it is a replica of another server than the primary';
    if (database !== primary.identity.database) return 'it is another database than that of DATABASE_URL';
    if (collations !== primary.identity.collations)
      return 'its collations have other versions than the primary';
    if (timeline !== primary.timeline) {
      return `it is on timeline ${timeline}, and the primary on ${primary.timeline ?? 'none'}`;
    }
    return this.lag * 1000 > LAG_LIMIT ? `it is ${this.lag.toFixed(1)} s behind the primary` : undefined;
  }

  private use(): void {
    if (!this.isUsed && this.isLeftOut)
      this.logger.info({ replica: this.settings.name }, 'a replica is back');
    this.isLeftOut = false;
    this.isUsed = true;
  }

  private leaveOut(reason: string): void {
    this.isUsed = false;
    if (this.isLeftOut) return;
    this.isLeftOut = true;
    this.logger.warn({ replica: this.settings.name, reason }, 'a replica is left out');
  }

  /** The connection of the checks cannot be opened or was lost. */
  private lose(error: Error): void {
    this.client?.socket.destroy();
    this.client = undefined;
    if (this.isStopped) return;
    this.leaveOut(error.message);
    this.connections.drop();
  }

  private async askForState(): Promise<State> {
    const client = this.client ?? (await this.connect());
    const { rows } = await client.query<(string | null)[]>({
      text: STATE,
      rowMode: 'array',
      types: TEXT_ONLY,
    });
    const [recovery, replayed, timeline, started, ...identity] = rows[0] ?? [];
    return {
      isReplica: recovery === 't',
      replayed: parseLsn(replayed ?? '0/0'),
      timeline: Number(timeline),
      started: started ?? '',
      identity,
    };
  }

  private async connect(): Promise<DeadlineClient> {
    const client = new this.config.Client(this.config);
    client.on('error', (error) => {
      if (this.client === client) this.lose(error);
    });
    await client.connect();
    this.client = client;
    if (this.isStopped) client.socket.destroy();
    return client;
  }

  /**
   * A position that was replayed before holds only for the server that said it: a replica that was restarted can be
   * further back for a moment, and a name can lead to several servers.
   */
  private async verify(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ started: string }>(`SELECT ${STARTED} AS started`);
    if (rows[0]?.started === this.state?.started) return;
    this.isOther = true;
    this.suspect();
    throw new Error('the server is not the one that was checked');
  }

  private reportSpread(): void {
    if (this.isSpreadReported) return;
    this.isSpreadReported = true;
    this.logger.warn(
      { replica: this.settings.name },
      'an address in DATABASE_REPLICA_URLS leads to several servers, so reads go to the primary instead: name each replica',
    );
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger } from 'pino';
import { type DatabaseClientConfig } from './database-client';
import { type DeadlineClient } from './deadline-client';

/** Time between two attempts to connect, in milliseconds. */
const INTERVAL = 500;

/** PostgreSQL's code for "too many connections". The server runs, and open connections can be used. */
const TOO_MANY_CONNECTIONS = '53300';

/** How the application connects, with the class of its clients. */
export type HealthConfig = DatabaseClientConfig & { Client: typeof DeadlineClient };

/**
 * Knows whether the database can be used, and logs each change once, however many requests fail. It does nothing while
 * there are no errors: only after an error it tries to connect, until that succeeds.
 */
export class DatabaseHealth {
  private lostAt: number | undefined;
  private lostConnections = 0;
  private isChecking = false;
  /** the last error that may mean that the database is lost, until it is checked */
  private suspicion: Error | undefined;
  private readonly stop = new AbortController();

  constructor(
    private readonly config: HealthConfig,
    private readonly logger: Logger,
  ) {}

  get isLost(): boolean {
    return this.lostAt !== undefined;
  }

  /** An open connection was lost. */
  connectionLost(error: Error): void {
    this.lostConnections++;
    this.suspect(error);
  }

  /** Checks the database because of an error that may mean that it is lost. */
  suspect(error: Error): void {
    if (this.isStopped()) return;
    this.suspicion = error;
    if (!this.isChecking) void this.check();
  }

  onApplicationShutdown(): void {
    this.stop.abort();
  }

  private async check(): Promise<void> {
    this.isChecking = true;
    while (this.suspicion && !this.isStopped()) {
      const { message } = this.suspicion;
      this.suspicion = undefined;
      await this.connectAgain();
      this.reportSuccess(message);
      this.lostConnections = 0;
      // Without the pause it would connect all the time while requests fail for another reason.
      await this.pause();
    }
    this.isChecking = false;
  }

  /** Tries to connect until it succeeds, or the application stops. */
  private async connectAgain(): Promise<void> {
    while (!this.isStopped()) {
      const failure = await this.tryToConnect();
      if (!failure) return;
      if (!this.isLost && !this.isStopped()) {
        this.lostAt = performance.now();
        this.logger.error({ reason: failure.message }, 'the database is lost');
      }
      await this.pause();
    }
  }

  private reportSuccess(reason: string): void {
    if (this.isStopped()) return;
    const { lostAt, lostConnections } = this;
    this.lostAt = undefined;
    if (lostAt !== undefined) {
      const seconds = Math.round((performance.now() - lostAt) / 100) / 10;
      this.logger.info({ seconds }, 'the database is back');
    } else if (lostConnections > 0) {
      this.logger.warn(
        { reason, connections: lostConnections },
        'connections to the database were lost, and are replaced',
      );
    }
  }

  /** @returns why the database cannot be used */
  private async tryToConnect(): Promise<Error | undefined> {
    const client = new this.config.Client(this.config);
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return undefined;
    } catch (error) {
      client.socket.destroy();
      return (error as { code?: string }).code === TOO_MANY_CONNECTIONS ? undefined : (error as Error);
    }
  }

  private isStopped(): boolean {
    return this.stop.signal.aborted;
  }

  private async pause(): Promise<void> {
    await sleep(INTERVAL, undefined, { signal: this.stop.signal, ref: false }).catch(() => undefined);
  }
}

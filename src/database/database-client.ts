import './javascript-driver';
import { type Socket } from 'node:net';
import { type ConnectionOptions as TlsOptions } from 'node:tls';
import pg from 'pg';
import { type DatabaseClock } from './database-clock';
import { toConnectionError } from './database-connection-error';
import { NO_OPTIONS } from './driver-options';
import { isPreparationError } from './errors';
import { PreparedStatements, type StatementConnection } from './prepared-statements';
import { sessionSettings } from './session-settings';
import { StatementGroup } from './statement-group';

export interface DatabaseClientConfig extends pg.ClientConfig {
  /** session settings in addition to those of every connection */
  sessionSettings?: Readonly<Record<string, string>>;
  /** whether the connection leads to a pooler, so that its session can change with each transaction */
  pooler?: boolean;
  /** the time by which statements that write are given up */
  clock?: DatabaseClock;
  /** reads the certificate files again, for each new connection */
  readTls?: () => TlsOptions | false;
  /** checks the server of each new connection; if it rejects, the connection is refused */
  checkServer?: (client: pg.Client) => Promise<void>;
}

/**
 * The server keeps every named statement in memory, for each connection. Lists have a statement for each combination of
 * filters and sort, so their number must be limited.
 */
const MAX_STATEMENTS = 500;

type Callback = (error?: Error) => void;

/** The internals of the driver that this file and its subclasses use. */
export interface Internals {
  connection: StatementConnection & {
    stream: Socket;
    ssl: TlsOptions | boolean;
    on: (
      event: 'parameterStatus',
      listener: (message: { parameterName: string; parameterValue: string }) => void,
    ) => void;
  };
  getStartupConf: () => Record<string, string>;
  _getActiveQuery: () => { name?: string } | null | undefined;
  _handleParseComplete: () => void;
  _handleErrorMessage: (error: unknown) => void;
  _handleErrorEvent: (error: Error) => void;
}

const driver = pg.Client.prototype as unknown as Internals & { connect: (callback: Callback) => void };

/**
 * The driver's client. Its session depends only on our settings, and every lost connection is a
 * DatabaseConnectionError.
 */
export class DatabaseClient extends pg.Client {
  private readonly statements: PreparedStatements;
  /** major version; 0 until the server has sent it */
  private serverVersion = 0;

  constructor(private readonly config: DatabaseClientConfig) {
    super(config);
    this.statements = new PreparedStatements(this.internals.connection, MAX_STATEMENTS);
    this.internals.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'server_version') this.serverVersion = Number.parseInt(parameterValue, 10);
    });
    // Statements that wait for an answer reject with the error. Without a listener the event would also end the
    // process.
    this.on('error', () => undefined);
  }

  get socket(): Socket {
    return this.internals.connection.stream;
  }

  /** @throws DatabaseConnectionError for every cause */
  override connect(): Promise<this>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<this> | void {
    if (!callback) {
      return new Promise((resolve, reject) => {
        this.connect((error) => {
          if (error) reject(error);
          else resolve(this);
        });
      });
    }
    try {
      if (this.config.readTls) this.internals.connection.ssl = this.config.readTls();
    } catch (error) {
      process.nextTick(callback, toConnectionError(error));
      return;
    }
    const accept = () => {
      callback();
    };
    const finish = (error?: Error | null) => {
      if (!error) {
        if (this.config.checkServer) this.config.checkServer(this).then(accept, finish);
        else accept();
        return;
      }
      // The driver waits for the server to close the connection.
      this.socket.destroy();
      callback(toConnectionError(error));
    };
    driver.connect.call(this, (error) => {
      // It cannot be a start-up parameter, because older servers refuse a parameter that they do not know.
      const hasLimit = this.serverVersion >= 17 && !this.config.pooler;
      if (!error && hasLimit) this.query('SET transaction_timeout = 0', finish);
      else finish(error);
    });
  }

  /** Overrides the driver's start-up parameters, for which it has no option. */
  protected getStartupConf(): Record<string, string> {
    const { user, database, options = NO_OPTIONS, ...parameters } = driver.getStartupConf.call(this);
    // It has no effect, and some poolers do not know it.
    delete parameters.replication;
    return {
      user: user ?? '',
      database: database ?? '',
      ...(options !== NO_OPTIONS && { options }),
      ...sessionSettings(options),
      ...parameters,
      ...this.config.sessionSettings,
    };
  }

  /** The driver calls it for every statement that the server has prepared. */
  protected _handleParseComplete(): void {
    const query = this.internals._getActiveQuery();
    if (query instanceof StatementGroup) query.handleParseComplete(this.internals.connection);
    else driver._handleParseComplete.call(this);
  }

  /** The driver calls it for every error of a statement. */
  protected _handleErrorMessage(error: unknown): void {
    const query = this.internals._getActiveQuery();
    const names = query instanceof StatementGroup ? query.names : [query?.name ?? ''];
    driver._handleErrorMessage.call(this, error);
    if (!isPreparationError(error)) return;
    // The next use of the statements prepares them again.
    for (const name of names) if (name) this.statements.forget(name);
  }

  /** The driver calls it for every error that ends the connection. */
  protected _handleErrorEvent(error: Error): void {
    driver._handleErrorEvent.call(this, toConnectionError(error));
  }

  protected get internals(): Internals {
    return this as unknown as Internals;
  }
}

import './javascript-driver';
import { type Socket } from 'node:net';
import { type ConnectionOptions as TlsOptions } from 'node:tls';
import pg from 'pg';
import { toConnectionError } from './database-connection-error';
import { NO_OPTIONS } from './driver-options';
import { PreparedStatements, type StatementConnection } from './prepared-statements';
import { sessionSettings } from './session-settings';

export interface DatabaseClientConfig extends pg.ClientConfig {
  /** settings of the session beside those that every connection has */
  sessionSettings?: Readonly<Record<string, string>>;
  /** reads certificates from their files again, for the next connection */
  readTls?: () => TlsOptions | false;
}

/**
 * A server keeps every statement that has a name, on every connection. Those of lists are as many as clients have ideas;
 * all others are few.
 */
const MOST_STATEMENTS = 500;

type Callback = (error?: Error) => void;

/** What is used here of the driver's insides. */
interface Insides {
  connection: StatementConnection & {
    stream: Socket;
    ssl: TlsOptions | boolean;
    on: (
      event: 'parameterStatus',
      listener: (message: { parameterName: string; parameterValue: string }) => void,
    ) => void;
  };
  getStartupConf: () => Record<string, string>;
  _handleErrorEvent: (error: Error) => void;
}

const driver = pg.Client.prototype as unknown as Insides & { connect: (callback: Callback) => void };

/** The driver's client, with sessions that depend on our settings alone, and one kind of error for lost connections. */
export class DatabaseClient extends pg.Client {
  private readonly statements: PreparedStatements;
  /** major version; 0 until the server has told it */
  private serverVersion = 0;

  constructor(private readonly config: DatabaseClientConfig) {
    super(config);
    this.statements = new PreparedStatements(this.insides.connection, MOST_STATEMENTS);
    this.insides.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'server_version') this.serverVersion = Number.parseInt(parameterValue, 10);
    });
    // Whoever waits for an answer is told by its error. Without a listener it would end the process, too.
    this.on('error', () => undefined);
  }

  get socket(): Socket {
    return this.insides.connection.stream;
  }

  /** @throws DatabaseConnectionError for whatever stands in the way */
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
      if (this.config.readTls) this.insides.connection.ssl = this.config.readTls();
    } catch (error) {
      process.nextTick(callback, toConnectionError(error));
      return;
    }
    const finish = (error?: Error | null) => {
      if (!error) {
        callback();
        return;
      }
      // The driver leaves it to the server to hang up.
      this.socket.destroy();
      callback(toConnectionError(error));
    };
    driver.connect.call(this, (error) => {
      // Not a start-up parameter, which a server that does not know it would refuse.
      if (!error && this.serverVersion >= 17) this.query('SET transaction_timeout = 0', finish);
      else finish(error);
    });
  }

  /** Has a statement prepared anew at its next use. */
  forgetStatement(name: string): void {
    this.statements.forget(name);
  }

  /** What a connection begins with; the driver has no option for it. */
  protected getStartupConf(): Record<string, string> {
    const { user, database, options = NO_OPTIONS, ...parameters } = driver.getStartupConf.call(this);
    // Not sent where it says nothing, because a pooler may not know it.
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

  /** The driver calls it for all that ends a connection. */
  protected _handleErrorEvent(error: Error): void {
    driver._handleErrorEvent.call(this, toConnectionError(error));
  }

  private get insides(): Insides {
    return this as unknown as Insides;
  }
}

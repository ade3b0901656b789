import pg from 'pg';
import { type DatabaseClientConfig, type Internals } from './database-client';
import { DeadlineClient } from './deadline-client';
import { POOLER_PARAMETERS, transactionSettings } from './session-settings';

/**
 * A statement can wait in the pooler for a connection to the server. The server's limit is this part of the client's
 * deadline, so that a statement that waited for the rest of it still ends before the client gives up.
 */
const SERVER_SHARE = 2 / 3;

/** The internals of the driver that this file uses. */
interface PoolerInternals extends Internals {
  connection: Internals['connection'] & { query: (text: string) => void; execute: (portal: object) => void };
  _handleRowDescription: (message: unknown) => void;
  _handleDataRow: (message: unknown) => void;
  _handleCommandComplete: (message: unknown) => void;
}

const driver = pg.Client.prototype as unknown as PoolerInternals;

/**
 * A client of a pooler such as PgBouncer, which gives each transaction any of its connections to the server. So nothing
 * depends on the session: no statement has a name, no setting is sent at the start that the pooler does not know, and
 * the others are set in each transaction. For this the client sends a statement of its own before the first statement of
 * each transaction, in the same packet, and drops its answer. It costs no round trip.
 */
export class PoolerClient extends DeadlineClient {
  /** whether the next answer belongs to the statement that sets the settings */
  private isSetting = false;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.dropNames();
    this.setBeforeTransactions(settingStatement(config));
  }

  protected override getStartupConf(): Record<string, string> {
    return Object.fromEntries(
      Object.entries(super.getStartupConf()).filter(([name]) => POOLER_PARAMETERS.has(name)),
    );
  }

  // The driver calls these for the messages of the server.

  protected _handleRowDescription(message: unknown): void {
    if (!this.isSetting) driver._handleRowDescription.call(this, message);
  }

  protected _handleDataRow(message: unknown): void {
    if (!this.isSetting) driver._handleDataRow.call(this, message);
  }

  protected _handleCommandComplete(message: unknown): void {
    if (!this.isSetting) driver._handleCommandComplete.call(this, message);
    this.isSetting = false;
  }

  protected override _handleErrorMessage(error: unknown): void {
    this.isSetting = false;
    super._handleErrorMessage(error);
  }

  /** The next session would not know the prepared statement, or would know another one by its name. */
  private dropNames(): void {
    const query = this.query as (...args: unknown[]) => unknown;
    this.query = ((first: unknown, ...rest: unknown[]) =>
      query(
        typeof first === 'object' && first !== null && 'name' in first ? { ...first, name: '' } : first,
        ...rest,
      )) as pg.Client['query'];
  }

  /** The protocol makes one transaction of all statements that are sent before the server is asked for an answer. */
  private setBeforeTransactions(settings: string): void {
    const { connection } = this.internals as PoolerInternals;
    const { parse, query } = connection;
    connection.parse = (statement) => {
      this.isSetting = this.isOutsideTransaction;
      if (this.isSetting) {
        parse.call(connection, { text: settings });
        connection.bind({});
        connection.execute({});
      }
      parse.call(connection, statement);
    };
    connection.query = (text) => {
      this.isSetting = this.isOutsideTransaction;
      query.call(connection, this.isSetting ? `${settings}; ${text}` : text);
    };
  }

  private get isOutsideTransaction(): boolean {
    return this.getTransactionStatus() === 'I';
  }
}

function settingStatement({
  statement_timeout: limit,
  idle_in_transaction_session_timeout: idle,
  options = '',
}: DatabaseClientConfig): string {
  const settings = transactionSettings({
    statementTimeout: Math.floor(Number(limit) * SERVER_SHARE),
    idleTimeout: Number(idle),
    options,
  });
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`,
  );
  return `SELECT ${calls.join(', ')}`;
}

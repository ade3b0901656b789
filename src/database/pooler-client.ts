import pg from 'pg';
import { type DatabaseClientConfig, type Internals } from './database-client';
import { DeadlineClient, requestQuery } from './deadline-client';
import { mayWrite } from './write-guard';
import { POOLER_PARAMETERS, transactionSettings } from './session-settings';

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
 *
 * A statement can wait in the pooler until its client has given up, and run later. So each statement that writes gets a
 * transaction, which only a client that still waits commits.
 */
export class PoolerClient extends DeadlineClient {
  /** whether the next answer belongs to the statement that sets the settings */
  private isSetting = false;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.wrapQuery();
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

  private wrapQuery(): void {
    const query = this.query as Query;
    this.query = ((statement: unknown, ...rest: unknown[]) => {
      const unnamed = withoutName(statement);
      const { text, until, origin } = requestQuery(unnamed);
      if (this.inTransaction || !mayWrite(text)) return query(unnamed, ...rest);
      const callback = rest.find((each) => typeof each === 'function') as Callback | undefined;
      const values = rest.filter((each) => each !== callback);
      const result = inTransaction(query, () => {
        this.beginFor({ until, origin });
        return query(unnamed, ...values);
      });
      if (!callback) return result;
      result.then((value) => {
        callback(null, value);
      }, callback);
      return undefined;
    }) as pg.Client['query'];
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

type Query = (...args: unknown[]) => unknown;
type Callback = (error: unknown, result?: unknown) => void;

/** The next session would not know the prepared statement, or would know another one by its name. */
function withoutName(statement: unknown): unknown {
  const isNamed = typeof statement === 'object' && statement !== null && 'name' in statement;
  return isNamed ? { ...statement, name: '' } : statement;
}

async function inTransaction(query: Query, work: () => unknown): Promise<unknown> {
  try {
    await query('START TRANSACTION');
    const result = await work();
    await query('COMMIT');
    return result;
  } catch (error) {
    await Promise.resolve(query('ROLLBACK')).catch(() => undefined);
    throw error;
  }
}

function settingStatement({
  statement_timeout: limit,
  idle_in_transaction_session_timeout: idle,
  options = '',
}: DatabaseClientConfig): string {
  const settings = transactionSettings({
    statementTimeout: Number(limit),
    idleTimeout: Number(idle),
    options,
  });
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`,
  );
  return `SELECT ${calls.join(', ')}`;
}

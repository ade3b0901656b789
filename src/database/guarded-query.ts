import './javascript-driver';
import pg from 'pg';
import { LateError } from './late-error';
import { type StatementConnection } from './prepared-statements';

/** The parts of the driver's query and connection that this file uses. The driver's types do not have them. */
interface DriverQuery {
  portal: string;
  rows: number | undefined;
  _getRows: (connection: DriverConnection, rows: number | undefined) => void;
  handleCommandComplete: (message: unknown, connection: DriverConnection) => void;
  handleError: (error: unknown, connection: DriverConnection) => void;
}
interface DriverConnection extends Omit<StatementConnection, 'bind'> {
  bind: (portal: { statement: string; values: string[] }) => void;
  execute: (portal: { portal?: string; rows?: number | undefined }) => void;
  sync: () => void;
}

const driver = pg.Query.prototype as unknown as DriverQuery;

const NAME = 'emporium-guard';

/** The code of the guard's division by zero. */
const DIVISION_BY_ZERO = '22012';

/**
 * SQL that fails after the time in `parameter`, and else returns no rows. `clock_timestamp()` is the time at which
 * PostgreSQL runs it, whenever it was sent.
 *
 * @param parameter seconds since 1970
 */
function guard(parameter: string): string {
  return `SELECT 1 WHERE 1 / (clock_timestamp() < to_timestamp(${parameter}))::int = 0`;
}

const GUARD = guard('$1::float8');

/** Whether a statement may write. It can be true for a read that has one of these words, which only costs time. */
export function mayWrite(text = ''): boolean {
  return /\b(?:INSERT|UPDATE|DELETE)\b/i.test(text);
}

/** COMMIT that fails after this time. The transaction must then be rolled back. @param latest seconds since 1970 */
export function guardedCommit(latest: number): string {
  return `${guard(latest.toFixed(6))}; COMMIT`;
}

/** The error of a guard becomes a LateError. */
export function toLateError(error: Error): Error {
  return (error as { code?: unknown }).code === DIVISION_BY_ZERO ? new LateError() : error;
}

export type QueryCallback = (error: Error | null, result?: pg.QueryArrayResult) => void;

/**
 * A statement that writes, with a second one after it that fails when it is too late. PostgreSQL commits both or none,
 * because they are sent without asking for an answer in between. So a statement that waited in a frozen server, on the
 * network or for a lock writes nothing once its request has been answered without it.
 */
export class GuardedQuery extends pg.Query {
  /** whether the answer to the statement itself is complete, so that what follows is the guard's */
  private isDone = false;

  /** @param latest by the database's clock, in seconds since 1970 */
  constructor(
    config: pg.QueryConfig | string,
    values: unknown[] | undefined,
    private readonly latest: number,
    callback: QueryCallback,
  ) {
    super(config as never, values as never);
    Object.assign(this, { queryMode: 'extended', callback });
  }

  // The driver calls these. The first one sends the last messages of a statement.

  protected _getRows(connection: DriverConnection, rows: number | undefined): void {
    connection.execute({ portal: (this as unknown as DriverQuery).portal, rows });
    if (!(NAME in connection.parsedStatements)) connection.parse({ name: NAME, text: GUARD });
    connection.bind({ statement: NAME, values: [this.latest.toFixed(6)] });
    connection.execute({});
    connection.sync();
  }

  protected handleCommandComplete(message: unknown, connection: DriverConnection): void {
    if (this.isDone) connection.parsedStatements[NAME] = GUARD;
    else driver.handleCommandComplete.call(this, message, connection);
    this.isDone = true;
  }

  protected handleError(error: Error, connection: DriverConnection): void {
    const reason = this.isDone ? toLateError(error) : error;
    if (reason instanceof LateError) connection.parsedStatements[NAME] = GUARD;
    else if (this.isDone) Reflect.deleteProperty(connection.parsedStatements, NAME);
    driver.handleError.call(this, reason, connection);
  }
}

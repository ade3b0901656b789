import './javascript-driver';
import pg from 'pg';
import { type StatementConnection } from './prepared-statements';

/** A statement whose rows nobody reads. */
export interface SideStatement {
  /** Each connection prepares it once; without a name, each time. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly string[];
  /** makes the error of the group from its own */
  readonly toError?: (error: Error) => Error;
}

export interface SideStatements {
  readonly before?: readonly SideStatement[];
  readonly after?: readonly SideStatement[];
}

export type QueryCallback = (error: Error | null, result?: pg.QueryArrayResult) => void;

/** The parts of the driver's query and connection that this file uses. The driver's types do not have them. */
interface DriverQuery {
  hasBeenParsed: (connection: DriverConnection) => boolean;
  prepare: (connection: DriverConnection) => void;
  handleDataRow: (message: unknown) => void;
  handleCommandComplete: (message: unknown, connection: DriverConnection) => void;
  handleError: (error: unknown, connection: DriverConnection) => void;
}
interface DriverConnection extends Omit<StatementConnection, 'bind'> {
  bind: (portal: { statement: string; values: readonly string[] }) => void;
  execute: (portal: object) => void;
  sync: () => void;
}

const driver = pg.Query.prototype as unknown as DriverQuery;

/**
 * A statement with others before and after it. They are sent at once, and the server answers at the end of all of them,
 * so the others cost no round trip. After one that fails, the server skips the rest. Outside of a transaction it commits
 * all or none.
 */
export class StatementGroup extends pg.Query {
  private readonly before: readonly SideStatement[];
  private readonly after: readonly SideStatement[];
  /** the index of the statement whose answer comes next */
  private position = 0;
  /** what the server was asked to prepare and has not answered yet */
  private readonly parsing: { name: string; text: string }[] = [];

  constructor(
    config: pg.QueryConfig | string,
    values: unknown[] | undefined,
    { before = [], after = [] }: SideStatements,
    callback: QueryCallback,
  ) {
    super(config as never, values as never);
    Object.assign(this, { queryMode: 'extended', callback });
    this.before = before;
    this.after = after;
  }

  /** the names of its statements that have one */
  get names(): string[] {
    return [...this.before, this.main, ...this.after].flatMap(({ name }) => (name ? [name] : []));
  }

  /** The client calls it each time that the server has prepared a statement. */
  handleParseComplete({ parsedStatements, submittedNamedStatements }: StatementConnection): void {
    const parsed = this.parsing.shift();
    if (!parsed?.name) return;
    parsedStatements[parsed.name] = parsed.text;
    Reflect.deleteProperty(submittedNamedStatements, parsed.name);
  }

  // The driver calls these. The first one sends the statement, and the second one its last messages.

  protected prepare(connection: DriverConnection): void {
    for (const statement of this.before) this.send(statement, connection);
    const { name = '', text } = this.main;
    if (!driver.hasBeenParsed.call(this as never, connection)) this.parsing.push({ name, text });
    driver.prepare.call(this, connection);
  }

  protected _getRows(connection: DriverConnection): void {
    connection.execute({});
    for (const statement of this.after) this.send(statement, connection);
    connection.sync();
  }

  protected handleDataRow(message: unknown): void {
    if (!this.sideStatement) driver.handleDataRow.call(this, message);
  }

  protected handleCommandComplete(message: unknown, connection: DriverConnection): void {
    if (!this.sideStatement) driver.handleCommandComplete.call(this, message, connection);
    this.position++;
  }

  protected handleError(error: Error, connection: DriverConnection): void {
    for (const { name } of this.parsing) Reflect.deleteProperty(connection.submittedNamedStatements, name);
    driver.handleError.call(this, this.sideStatement?.toError?.(error) ?? error, connection);
  }

  private send({ name = '', text, values = [] }: SideStatement, connection: DriverConnection): void {
    const { parsedStatements, submittedNamedStatements } = connection;
    if (name === '' || !(name in parsedStatements || name in submittedNamedStatements)) {
      connection.parse({ name, text });
      if (name !== '') submittedNamedStatements[name] = text;
      this.parsing.push({ name, text });
    }
    connection.bind({ statement: name, values });
    connection.execute({});
  }

  private get main(): { name?: string; text: string } {
    return this as unknown as { name?: string; text: string };
  }

  /** The statement whose answer comes next, unless it is the main one. */
  private get sideStatement(): SideStatement | undefined {
    const { before, after, position } = this;
    return position < before.length ? before[position] : after[position - before.length - 1];
  }
}

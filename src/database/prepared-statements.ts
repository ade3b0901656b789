/** The part of the driver's connection that this file uses. The driver's types do not have all of it. */
export interface StatementConnection {
  parse: (statement: { name?: string | undefined; text?: string }) => void;
  bind: (portal: { statement?: string | undefined }) => void;
  close: (what: { type: 'S'; name: string }) => void;
  /** texts by name, of the statements that the server has prepared */
  readonly parsedStatements: Record<string, string>;
  /** texts by name, of the statements that the server was asked to prepare and has not answered yet */
  readonly submittedNamedStatements: Record<string, string>;
}

/**
 * Limits the number of prepared statements of a connection, because the server keeps them in memory until the
 * connection ends. When there are too many, it closes the least recently used one.
 */
export class PreparedStatements {
  /** the least recently used name is the first */
  private readonly names = new Set<string>();

  constructor(
    private readonly connection: StatementConnection,
    private readonly limit: number,
  ) {
    const { parse, bind } = connection;
    connection.parse = (statement) => {
      if (statement.name) this.makeRoom();
      parse.call(connection, statement);
    };
    connection.bind = (portal) => {
      if (portal.statement) this.touch(portal.statement);
      bind.call(connection, portal);
    };
  }

  /** Closes a statement, so that its next use prepares it again. What was sent before still runs. */
  forget(name: string): void {
    const { connection } = this;
    this.names.delete(name);
    // `delete` is necessary, because the driver keeps the statements in plain objects.
    Reflect.deleteProperty(connection.parsedStatements, name);
    Reflect.deleteProperty(connection.submittedNamedStatements, name);
    connection.close({ type: 'S', name });
  }

  private touch(name: string): void {
    this.names.delete(name);
    this.names.add(name);
  }

  private makeRoom(): void {
    const { parsedStatements, submittedNamedStatements } = this.connection;
    for (const name of this.names) {
      if (this.names.size < this.limit) return;
      // Its answer is still to come, and after it the driver would treat the closed statement as prepared.
      if (name in submittedNamedStatements) continue;
      if (name in parsedStatements) this.forget(name);
      else this.names.delete(name);
    }
  }
}

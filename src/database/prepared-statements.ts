/** What is used here of the driver's connection; its types do not show all of it. */
export interface StatementConnection {
  parse: (statement: { name?: string | undefined }) => void;
  bind: (portal: { statement?: string | undefined }) => void;
  close: (what: { type: 'S'; name: string }) => void;
  /** texts by name: what the server has prepared, */
  readonly parsedStatements: Record<string, string>;
  /** and what it was asked to prepare and has not answered yet */
  readonly submittedNamedStatements: Record<string, string>;
}

/**
 * Keeps a connection from preparing more and more statements, which the server holds in memory until the connection ends:
 * before one too many it closes the one that has not been used for the longest time.
 */
export class PreparedStatements {
  /** the least recently used first */
  private readonly names = new Set<string>();

  constructor(
    private readonly connection: StatementConnection,
    private readonly most: number,
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

  /** Closes a statement, so that its next use prepares it anew. What was sent before still runs. */
  forget(name: string): void {
    const { connection } = this;
    this.names.delete(name);
    // Dynamic, because that is what the driver keeps them in.
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
      if (this.names.size < this.most) return;
      // The driver would take its answer, which is still to come, for a statement that is there.
      if (name in submittedNamedStatements) continue;
      if (name in parsedStatements) this.forget(name);
      else this.names.delete(name);
    }
  }
}

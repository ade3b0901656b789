import pg from 'pg';
import { driverOptions } from '../../src/database/connection';
import { PLANNED_ONCE } from '../../src/reads/pipeline';
import { Statements } from '../../src/reads/statements';
import { type TestApp } from './app';

export interface Statement {
  how: 'steady' | 'planned';
  text: string;
  values: unknown[];
}

/** Keeps every statement of lists that an application runs from now on. */
export function recordStatements({ app }: TestApp): Statement[] {
  const recorded: Statement[] = [];
  const statements = app.get(Statements);
  for (const how of ['steady', 'planned'] as const) {
    const run = statements[how].bind(statements);
    jest.spyOn(statements, how).mockImplementation((text, values) => {
      recorded.push({ how, text, values: [...values] });
      return run(text, values);
    });
  }
  return recorded;
}

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** A plan as it ran. */
export class Plan {
  constructor(private readonly root: PlanNode) {}

  /** How many rows and entries of indexes were read, those that were thrown away included. */
  get reads(): number {
    return sum(
      this.scans.map((node) => {
        const { 'Rows Removed by Filter': filtered = 0, 'Rows Removed by Index Recheck': rechecked = 0 } =
          node;
        return (node['Actual Rows'] + filtered + rechecked) * node['Actual Loops'];
      }),
    );
  }

  /** The indexes that were read; a scan without one by what it is. */
  get indexes(): string[] {
    return this.scans.map((node) => node['Index Name'] ?? node['Node Type']);
  }

  private get scans(): PlanNode[] {
    return nodesOf(this.root).filter((node) =>
      /(?<!Subquery|CTE|Function|Values) Scan$/.test(node['Node Type']),
    );
  }
}

/** Runs statements again as the application does, and tells how. */
export class Explainer {
  private constructor(
    private readonly once: pg.Client,
    private readonly each: pg.Client,
  ) {}

  static async connect(connection: TestApp['connection']): Promise<Explainer> {
    const clients = [
      new pg.Client(driverOptions(connection)),
      new pg.Client(driverOptions(connection)),
    ] as const;
    for (const client of clients) await client.connect();
    for (const setting of Object.entries(PLANNED_ONCE)) {
      await clients[0].query('SELECT set_config($1, $2, false)', setting);
    }
    return new Explainer(...clients);
  }

  async explain({ how, text, values }: Statement): Promise<Plan> {
    if (how === 'planned') return planOf(await this.each.query(`${EXPLAIN} ${text}`, values));
    const list = values.map((value) => pg.escapeLiteral(String(value))).join(', ');
    await this.once.query(`PREPARE statement AS ${text}`);
    const result = await this.once.query(`${EXPLAIN} EXECUTE statement${list === '' ? '' : `(${list})`}`);
    await this.once.query('DEALLOCATE statement');
    return planOf(result);
  }

  async close(): Promise<void> {
    await Promise.all([this.once.end(), this.each.end()]);
  }
}

const EXPLAIN = 'EXPLAIN (ANALYZE, FORMAT JSON)';

function planOf({ rows }: pg.QueryResult): Plan {
  const [row] = rows as { 'QUERY PLAN': { Plan: PlanNode }[] }[];
  return new Plan(row?.['QUERY PLAN'][0]?.Plan as PlanNode);
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

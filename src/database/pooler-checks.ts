import { randomUUID } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { poolerSettings } from './session-settings';
import { DatabaseUnsuitableError } from './server-checks';

/** A parameter without a meaning, which no pooler knows. A server keeps it for the session. */
const MARK = 'emporium.session';

/** There is a pooler that does not pass session settings on, and the settings do not say so. */
export class PoolerFoundError extends DatabaseUnsuitableError {
  constructor(options?: ErrorOptions) {
    super(
      'Between Emporium and the database of DATABASE_URL is a connection pooler, which does not pass session settings ' +
        'on: set DATABASE_POOLER=on (docs/operations.md, "Behind a connection pooler").',
      options,
    );
  }
}

/** Marks a session at its start, so that `checkMark` can tell whether it is still the same one. */
export function newMark(): Readonly<Record<string, string>> {
  return { [MARK]: randomUUID() };
}

/**
 * Finds a pooler that ignores start-up parameters: statements would have no time limit there.
 *
 * @throws PoolerFoundError
 */
export async function checkMark(
  dataSource: DataSource,
  mark: Readonly<Record<string, string>>,
): Promise<void> {
  const [session] = await dataSource.query<{ mark: string | null }[]>(
    'SELECT current_setting($1, true) AS mark',
    [MARK],
  );
  if (session?.mark !== mark[MARK]) throw new PoolerFoundError();
}

/** Whether a pooler has refused a start-up parameter. */
export function isPoolerRefusal({ message }: Error): boolean {
  return /unsupported startup parameter/i.test(message);
}

interface Difference {
  name: string;
  wanted: string;
  role: string;
  database: string;
}

/**
 * Checks that the sessions of a pooler have the settings that Emporium cannot send to it, and that it has transactions.
 *
 * @throws DatabaseUnsuitableError
 */
export async function checkPooler(dataSource: DataSource): Promise<void> {
  const settings = Object.entries(poolerSettings());
  const differences = await dataSource.transaction((manager) =>
    manager.query<Difference[]>(
      // The second part of DateStyle has no effect on output. A setting that the server does not know is null.
      `SELECT name, wanted, quote_ident(current_user) AS role, quote_ident(current_database()) AS database
       FROM unnest($1::text[], $2::text[]) AS settings (name, wanted)
       WHERE split_part(current_setting(name, true), ',', 1) <> wanted ORDER BY name`,
      [settings.map(([name]) => name), settings.map(([, value]) => value)],
    ),
  );
  const [first] = differences;
  if (!first) return;
  const statements = differences.map(
    ({ name, wanted }) => `ALTER ROLE ${first.role} IN DATABASE ${first.database} SET ${name} = '${wanted}'`,
  );
  throw new DatabaseUnsuitableError(
    'The sessions of the pooler have settings that would change the results of Emporium, and that it cannot set ' +
      `through a pooler. Run ${statements.join('; ')}; then run RECONNECT in the console of PgBouncer.`,
  );
}

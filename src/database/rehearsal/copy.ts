import type pg from 'pg';
import { type DataSource, type QueryRunner } from 'typeorm';
import { TEXT_ONLY } from '../executor';
import { runNextMigration } from '../migrations';
import { DatabaseUnsuitableError } from '../server-checks';
import { type Source } from './source';

/** Rows that are copied with one statement. A row of `idempotency_keys` can have 100 KB. */
const BATCH = 500;

export interface CopiedTable {
  name: string;
  rows: number;
}

interface Column {
  name: string;
  type: string;
}

/**
 * Makes the schema of the real database in the scratch database, with the migrations that the real one has run. It needs
 * no other program, and reads the schema of no table.
 */
export async function copySchema(copy: DataSource, runner: QueryRunner, source: Source): Promise<void> {
  const { schema, extensionSchema, done } = source;
  for (const name of [schema, extensionSchema]) {
    if (name !== null) await runner.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(name)}`);
  }
  if (extensionSchema !== null) {
    await runner.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ${quoted(extensionSchema)}`);
  }
  for (const name of done) await runNextMigration(copy, runner, { isWanted: (pending) => pending === name });
}

/**
 * Copies the rows of our tables as they are at one moment, and the state of the sequences. Indexes and foreign keys are
 * made afterwards, because that is much faster. Triggers do not fire: they would write rows that are copied as well.
 *
 * @param from a session on the real database, in a read-only transaction of isolation level REPEATABLE READ
 * @param report is called after each table
 * @throws DatabaseUnsuitableError
 */
export async function copyRows(
  from: pg.ClientBase,
  to: pg.ClientBase,
  report: (table: CopiedTable) => void,
): Promise<void> {
  try {
    const restore = await suspendForCopying(to);
    for (const name of await ownRelations(to, 'r')) report({ name, rows: await copyTable(from, to, name) });
    for (const name of await ownRelations(to, 'S')) await copySequence(from, to, name);
    for (const statement of restore) await to.query(statement);
    await to.query('ANALYZE');
  } catch (error) {
    // The detail of the error can show a row, so it is left out.
    throw new DatabaseUnsuitableError(`The data could not be copied: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The names of our tables or sequences, quoted if necessary. The migrations write their own table. */
async function ownRelations(client: pg.ClientBase, kind: 'r' | 'S'): Promise<string[]> {
  return texts(
    client,
    `SELECT oid::regclass FROM pg_class
     WHERE relkind = '${kind}' AND relnamespace = quote_ident(current_schema())::regnamespace
       AND relname NOT IN ('migrations', 'migrations_id_seq') ORDER BY relname`,
  );
}

/** @returns the statements that make indexes and foreign keys again, indexes first, and switch triggers on */
async function suspendForCopying(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; restore: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS restore,
       2 AS step
     FROM pg_constraint WHERE contype = 'f' AND connamespace = quote_ident(current_schema())::regnamespace
     UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), 1
     FROM pg_index JOIN pg_class c ON c.oid = indexrelid
     WHERE relnamespace = quote_ident(current_schema())::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
     UNION ALL
     SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname),
       format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname), 3
     FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
     WHERE NOT tgisinternal AND tgenabled = 'O' AND relnamespace = quote_ident(current_schema())::regnamespace
     ORDER BY step`,
  );
  // A foreign key can depend on an index, so foreign keys are dropped first.
  for (const { drop } of rows.toReversed()) await client.query(drop);
  return rows.map(({ restore }) => restore);
}

/** @returns how many rows were copied */
async function copyTable(from: pg.ClientBase, to: pg.ClientBase, table: string): Promise<number> {
  const { rows: columns } = await to.query<Column>(
    `SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  const names = columns.map(({ name }) => name).join(', ');
  // Values are copied as text, which every type has.
  const parameters = columns.map((_column, index) => `$${index + 1}::text[]`).join(', ');
  const values = columns.map(({ type }, index) => `v${index}::${type}`).join(', ');
  const aliases = columns.map((_column, index) => `v${index}`).join(', ');
  const insert =
    `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE ` +
    `SELECT ${values} FROM unnest(${parameters}) AS v (${aliases})`;
  await from.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT ${names} FROM ${table}`);
  let copied = 0;
  for (;;) {
    const rows = await textRows(from, `FETCH ${BATCH} FROM copied`);
    if (rows.length === 0) break;
    await to.query(
      insert,
      columns.map((_column, index) => rows.map((row) => row[index])),
    );
    copied += rows.length;
  }
  await from.query('CLOSE copied');
  return copied;
}

async function copySequence(from: pg.ClientBase, to: pg.ClientBase, name: string): Promise<void> {
  const [state] = await textRows(from, `SELECT last_value, is_called FROM ${name}`);
  await to.query('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [name, ...(state ?? [])]);
}

async function textRows(client: pg.ClientBase, text: string): Promise<(string | null)[][]> {
  const { rows } = await client.query<(string | null)[]>({ text, rowMode: 'array', types: TEXT_ONLY });
  return rows;
}

async function texts(client: pg.ClientBase, text: string): Promise<string[]> {
  return (await textRows(client, text)).map(([value]) => value ?? '');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

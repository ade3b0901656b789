import { type QueryRunner } from 'typeorm';

/** This database or role cannot be used. The message tells an operator what is wrong, and what to do about it. */
export class DatabaseUnsuitableError extends Error {}

const EXTENSION = 'pg_trgm';

export async function checkServer(runner: QueryRunner): Promise<void> {
  const [server] = (await runner.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`,
  )) as [{ version: number; encoding: string }];
  if (server.version < 150_000) {
    throw new DatabaseUnsuitableError(
      `Emporium needs PostgreSQL 15 or later; this server is ${Math.floor(server.version / 10_000)}.`,
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new DatabaseUnsuitableError(`The database must be in UTF-8; it is in ${server.encoding}.`);
  }
}

/** Checks that the role may create tables in the schema of our tables. @throws DatabaseUnsuitableError */
export async function checkRights(runner: QueryRunner): Promise<void> {
  const [found] = (await runner.query(
    `SELECT current_schema() AS schema, has_schema_privilege(current_schema(), 'CREATE') AS may_create,
       current_setting('search_path') AS search_path, current_user AS role`,
  )) as [{ schema: string | null; may_create: boolean; search_path: string; role: string }];
  if (found.schema === null) {
    throw new DatabaseUnsuitableError(
      `The database has no schema of the search path ${found.search_path} that the role ${found.role} may use.`,
    );
  }
  if (!found.may_create) {
    throw new DatabaseUnsuitableError(
      `The role ${found.role} may not create tables in the schema ${found.schema}. Its owner can allow it: ` +
        `GRANT CREATE ON SCHEMA "${found.schema}" TO "${found.role}". For tables in another schema add ` +
        '?options=-c%20search_path%3DSCHEMA to DATABASE_URL.',
    );
  }
}

/**
 * Makes it possible to create the search indexes: creates the extension unless it exists, and adds its schema to the
 * search path of this transaction. Many hosting providers keep extensions in a separate schema.
 */
export async function provideSearchExtension(runner: QueryRunner): Promise<void> {
  const extension = (await findExtension(runner)) ?? (await createExtension(runner));
  if (!extension.is_usable) {
    throw new DatabaseUnsuitableError(
      `The extension ${EXTENSION} is in the schema ${extension.schema}, which the role ${extension.role} may not use. ` +
        `Its owner can allow it: GRANT USAGE ON SCHEMA ${extension.schema} TO "${extension.role}".`,
    );
  }
  await runner.query(`SELECT set_config('search_path', current_setting('search_path') || ', ' || $1, true)`, [
    extension.schema,
  ]);
}

interface Extension {
  /** quoted if necessary */
  schema: string;
  is_usable: boolean;
  role: string;
}

async function findExtension(runner: QueryRunner): Promise<Extension | undefined> {
  const [found] = (await runner.query(
    `SELECT quote_ident(nspname) AS schema, has_schema_privilege(n.oid, 'USAGE') AS is_usable, current_user AS role
     FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = $1`,
    [EXTENSION],
  )) as Extension[];
  return found;
}

async function createExtension(runner: QueryRunner): Promise<Extension> {
  try {
    await runner.query(`CREATE EXTENSION ${EXTENSION}`);
  } catch (error) {
    throw new DatabaseUnsuitableError(
      `Search needs the extension ${EXTENSION}, and it cannot be created: ${(error as Error).message}. It comes with ` +
        `PostgreSQL's contrib package; the owner of the database or a superuser can run CREATE EXTENSION ${EXTENSION}.`,
      { cause: error },
    );
  }
  return (await findExtension(runner)) as Extension;
}

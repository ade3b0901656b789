import { type Client } from 'pg';
import { DataSource } from 'typeorm';
import { type DatabaseConnection } from '../../src/database/connection';
import { dataSourceOptions } from '../../src/database/data-source';
import { expressionIndexes } from '../../src/database/expression-index';
import { TEMPLATE, testServer, withClient, withDatabase } from './database';

const OWN_TABLES = `relnamespace = 'public'::regnamespace AND relname NOT IN ('migrations', 'migrations_id_seq', 'typeorm_metadata')`;

/** Those of extensions are not our own. */
const FUNCTIONS = `SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')`;

const TRIGGERS = `SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
  WHERE NOT tgisinternal AND ${OWN_TABLES}`;

/** All that a schema is made of, a line each, in an order that depends on nothing else. */
export async function describeSchema(client: Client): Promise<string[]> {
  const queries = [
    `SELECT concat_ws(' ', 'column', c.relname, attname, format_type(atttypid, atttypmod), 'collation ' || collname,
       CASE WHEN attnotnull THEN 'not null' END, 'default ' || pg_get_expr(adbin, adrelid), 'identity ' || nullif(attidentity::text, ''),
       'generated ' || nullif(attgenerated::text, ''))
     FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_collation o ON o.oid = attcollation AND collname <> 'default'
     LEFT JOIN pg_attrdef d ON adrelid = c.oid AND adnum = attnum
     WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND ${OWN_TABLES}`,
    `SELECT concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(n.oid))
     FROM pg_constraint n JOIN pg_class c ON c.oid = conrelid WHERE contype <> 'n' AND ${OWN_TABLES}`,
    `SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid)) FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE ${OWN_TABLES}`,
    TRIGGERS,
    FUNCTIONS,
    `SELECT concat_ws(' ', 'relation', relname, relkind) FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'S') AND ${OWN_TABLES}`,
  ];
  const lines: string[] = [];
  for (const text of queries)
    lines.push(...(await client.query<string[]>({ text, rowMode: 'array' })).rows.flat());
  return lines.sort();
}

/**
 * Makes in an empty database the schema that the entities declare, expression indexes included. Entities have no words
 * for functions and triggers: these come from the migrations.
 */
export async function buildSchemaFromEntities(
  connection: DatabaseConnection,
  entities: DataSource['entityMetadatas'],
): Promise<void> {
  const [functions, triggers] = await withClient(withDatabase(testServer(), TEMPLATE), async (client) => {
    const read = async (text: string) =>
      (await client.query<string[]>({ text, rowMode: 'array' })).rows.flat();
    return [await read(FUNCTIONS), await read(TRIGGERS)] as const;
  });
  const dataSource = new DataSource({
    ...dataSourceOptions({ connection, poolMax: 1, timeout: 0, onPoolError: () => undefined }),
    entities: entities.map(({ target }) => target),
  });
  await dataSource.initialize();
  try {
    await dataSource.query('CREATE EXTENSION pg_trgm');
    for (const definition of functions) await dataSource.query(definition);
    await dataSource.synchronize();
    for (const definition of triggers) await dataSource.query(definition);
    for (const { table, name, unique, definition } of expressionIndexes()) {
      const { tableName } = dataSource.getMetadata(table);
      await dataSource.query(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${tableName} ${definition}`);
    }
  } finally {
    await dataSource.destroy();
  }
}

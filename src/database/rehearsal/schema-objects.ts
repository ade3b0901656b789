import { type QueryRunner } from 'typeorm';

interface SchemaObject {
  label: string;
  /** the table that it belongs to, or its own name */
  relation: string;
  isRelation: boolean;
}

const USER_SCHEMAS = `nspname !~ '^pg_' AND nspname <> 'information_schema'`;

/** Extensions bring objects of their own. */
const notOfExtension = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend WHERE classid = '${catalogue}'::regclass AND objid = ${oid} AND deptype = 'e')`;

const OBJECTS = `
  WITH relations AS (
    SELECT c.oid, c.oid::regclass::text AS name, relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE ${USER_SCHEMAS} AND relkind IN ('r', 'p', 'f', 'v', 'm') AND ${notOfExtension('pg_class', 'c.oid')})
  SELECT CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'table ' END || name AS label,
    name AS relation, true AS "isRelation" FROM relations
  UNION ALL
  SELECT format('column %I of %s', attname, name), name, false FROM pg_attribute JOIN relations r ON r.oid = attrelid
  WHERE attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT format('index %s of %s', indexrelid::regclass, name), name, false FROM pg_index JOIN relations r ON r.oid = indrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT format('constraint %I of %s', conname, name), name, false FROM pg_constraint JOIN relations r ON r.oid = conrelid
  WHERE contype <> 'n'
  UNION ALL
  SELECT format('trigger %I of %s', tgname, name), name, false FROM pg_trigger JOIN relations r ON r.oid = tgrelid
  WHERE NOT tgisinternal
  UNION ALL
  SELECT format('policy %I of %s', polname, name), name, false FROM pg_policy JOIN relations r ON r.oid = polrelid
  UNION ALL
  SELECT format('function %s', p.oid::regprocedure), p.oid::regprocedure::text, true
  FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
  WHERE ${USER_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}
  ORDER BY 1`;

/** What the real database has and its copy does not: what others have added to it, by names. */
export async function missingInCopy(source: QueryRunner, copy: QueryRunner): Promise<string[]> {
  const there = (await source.query(OBJECTS)) as SchemaObject[];
  const copied = new Set(((await copy.query(OBJECTS)) as SchemaObject[]).map(({ label }) => label));
  const missing = there.filter(({ label }) => !copied.has(label));
  const relations = new Set(missing.filter(({ isRelation }) => isRelation).map(({ relation }) => relation));
  // With a missing table all of its columns are missing, too.
  return missing
    .filter(({ isRelation, relation }) => isRelation || !relations.has(relation))
    .map(({ label }) => label);
}

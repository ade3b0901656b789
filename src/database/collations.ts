import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';

interface Outdated {
  collation: string;
  recorded: string;
  actual: string;
  mend: string;
}

/** Checks the collation of names, and the database's default collation of all other texts. */
const OUTDATED = `
  SELECT * FROM (
    SELECT '"und-x-icu"' AS collation, collversion AS recorded, pg_collation_actual_version(oid) AS actual,
      format('REINDEX DATABASE %I; ALTER COLLATION "und-x-icu" REFRESH VERSION', current_database()) AS mend
    FROM pg_collation WHERE collname = 'und-x-icu' AND collnamespace = 'pg_catalog'::regnamespace
    UNION ALL
    SELECT 'default', datcollversion, pg_database_collation_actual_version(oid),
      format('REINDEX DATABASE %1$I; ALTER DATABASE %1$I REFRESH COLLATION VERSION', current_database())
    FROM pg_database WHERE datname = current_database()
  ) AS collations WHERE recorded <> actual`;

/**
 * Warns when the collation version of the server differs from the one that the indexes were built with: after an
 * upgrade of the operating system, or when the data files were copied to another one. Then searches can miss rows, and
 * unique indexes can accept duplicates.
 */
export async function warnOfOutdatedCollations(dataSource: DataSource, logger: Logger): Promise<void> {
  for (const { collation, recorded, actual, mend } of await dataSource.query<Outdated[]>(OUTDATED)) {
    logger.warn(
      { collation, recorded, actual, mend },
      "the server's version of a collation is not the one that the indexes were made with, so unique indexes may be wrong: run the statements in mend, one by one",
    );
  }
}

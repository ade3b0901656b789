import { type Logger } from 'pino';
import { type DataSource } from 'typeorm';

interface Outdated {
  collation: string;
  recorded: string;
  actual: string;
  mend: string;
}

/** The collation of names, and the database's own, of all other texts. */
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
 * Warns when indexes may be in another order than the server compares by: a server on a newer system, or a restored copy
 * of its files, brings another version of a collation. Then rows are not found, and unique rules let doubles through.
 */
export async function warnOfOutdatedCollations(dataSource: DataSource, logger: Logger): Promise<void> {
  for (const { collation, recorded, actual, mend } of await dataSource.query<Outdated[]>(OUTDATED)) {
    logger.warn(
      { collation, recorded, actual, mend },
      "the server's version of a collation is not the one that the indexes were made with; unique rules rest on it: run the command in mend",
    );
  }
}

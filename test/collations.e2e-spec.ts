import pino from 'pino';
import { loadEnvironment } from '../src/config/environment';
import { addressOf } from '../src/database/connection';
import { openDatabase } from '../src/database/open-database';
import { createTestDatabase, type TestDatabase, urlOf, withClient } from './support/database';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const sql = (text: string) => withClient(database.connection, (client) => client.query(text));

/** The warnings of a start. */
async function warnings(): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const logger = pino(
    { level: 'warn', base: null, timestamp: false },
    { write: (line: string) => void lines.push(line) },
  );
  const environment = loadEnvironment({ NODE_ENV: 'test', DATABASE_URL: urlOf(database.connection) });
  await (await openDatabase(environment, logger)).close();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a start warns of a collation of another version', () => {
  it('than that of names, and the command that it names mends it', async () => {
    expect(await warnings()).toEqual([]);
    await sql(`UPDATE pg_collation SET collversion = '1.2.3' WHERE collname = 'und-x-icu'`);
    const [warning, ...others] = await warnings();
    expect(others).toEqual([]);
    const { database: name } = addressOf(database.connection);
    expect(warning).toMatchObject({
      collation: '"und-x-icu"',
      recorded: '1.2.3',
      actual: expect.stringMatching(/^\d/) as string,
      mend: `REINDEX DATABASE ${name}; ALTER COLLATION "und-x-icu" REFRESH VERSION`,
    });
    for (const statement of (warning?.mend as string).split(';')) await sql(statement);
    expect(await warnings()).toEqual([]);
  });

  it('than that of all other texts', async () => {
    const { rows } = await sql(
      `SELECT pg_database_collation_actual_version(oid) AS version FROM pg_database WHERE datname = current_database()`,
    );
    const [{ version }] = rows as [{ version: string | null }];
    await sql(`UPDATE pg_database SET datcollversion = 'old' WHERE datname = current_database()`);
    const found = await warnings();
    // Where the system's collation has no version, there is nothing to compare.
    expect(found.map(({ collation }) => collation)).toEqual(version === null ? [] : ['default']);
    for (const { mend } of found) {
      for (const statement of (mend as string).split(';')) await sql(statement);
    }
    if (version !== null) expect(await warnings()).toEqual([]);
  });
});

import { EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';
import { urlOf } from './database';
import { temporaryDirectory } from './process';
import { writeSigningKey } from './signing-key';

/** A PostgreSQL that ends more often in a minute is not started again. */
export const KILLS_PER_MINUTE = 3;

/** A PostgreSQL that a test may kill, and what instances need to use it. */
export interface OwnPostgres {
  postgres: EmbeddedPostgres;
  /** the settings of its instances */
  environment: { DATABASE_URL: string; DATA_DIR: string };
  remove: () => Promise<void>;
}

/** The process of the test starts it again when it dies. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const [data, settings] = [await temporaryDirectory(), await temporaryDirectory()];
  const postgres = await EmbeddedPostgres.start({
    dataDir: data.path,
    database: 'emporium',
    settings: { max_connections: '100' },
    log: () => undefined,
  });
  await writeSigningKey(settings.path);
  return {
    postgres,
    environment: { DATABASE_URL: urlOf(postgres.connection), DATA_DIR: settings.path },
    remove: async () => {
      await postgres.stop();
      await data.remove();
      await settings.remove();
    },
  };
}

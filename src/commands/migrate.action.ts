import { createLogger } from '../common/logging';
import { loadEnvironment } from '../config/environment';
import { openDatabase } from '../database/open-database';

/** Brings the schema up to date, on the embedded database too. */
export async function migrate(): Promise<void> {
  const environment = loadEnvironment();
  const database = await openDatabase(environment, createLogger(environment.logLevel));
  await database.close();
}

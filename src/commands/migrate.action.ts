import { withDatabase } from './with-database';

/** Brings the schema up to date. Each migration is logged on standard error. */
export async function migrate(): Promise<void> {
  await withDatabase('info', () => {
    process.stdout.write('The schema of the database is up to date.\n');
    return Promise.resolve();
  });
}

import { type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';

/** What the set-up of a run leaves for its end; both are in one process. */
export const testRun: { server?: EmbeddedPostgres; dataDir?: string } = {};

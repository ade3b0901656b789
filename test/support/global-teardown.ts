import { rm } from 'node:fs/promises';
import { TEMPLATE, testServer, withClient } from './database';
import { testRun } from './test-run';

export default async function tearDown(): Promise<void> {
  if (testRun.server) {
    await testRun.server.stop();
  } else {
    await withClient(testServer(), (client) =>
      client.query(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`),
    );
  }
  if (testRun.dataDir !== undefined) await rm(testRun.dataDir, { recursive: true, force: true });
}

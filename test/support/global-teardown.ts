import { TEMPLATE, testServer, withClient } from './database';
import { endRun, testRun } from './test-run';

export default async function tearDown(): Promise<void> {
  try {
    if (testRun.server) {
      await testRun.server.stop();
    } else {
      await withClient(testServer(), (client) =>
        client.query(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`),
      );
    }
  } finally {
    await endRun();
  }
}

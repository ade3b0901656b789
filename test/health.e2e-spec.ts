import { startApp, type TestApp } from './support/app';
import { createTestDatabase } from './support/database';
import { expectProblem } from './support/expect-problem';

async function withApp(work: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await startApp();
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

describe('health', () => {
  it.each(['/health/live', '/health/ready'])('%s is well', async (path) => {
    await withApp(async ({ api }) => {
      const { status, body } = await api.get(path);
      expect([status, body]).toEqual([200, { status: 'ok' }]);
      expect((await api.call('HEAD', path)).status).toBe(200);
      expect((await api.as('no token').get(path)).status).toBe(200);
    });
  });

  it('is not ready while a migration is missing', async () => {
    await withApp(async ({ api, sql }) => {
      const rows = await sql<{ name: string; timestamp: string }>(
        `DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING name, "timestamp"`,
      );
      expect(rows).toHaveLength(1);
      expectProblem(await api.get('/health/ready'), 503, 'unavailable');
      expect((await api.get('/health/live')).status).toBe(200);
      await sql('INSERT INTO migrations ("timestamp", name) VALUES ($1, $2)', [
        rows[0]?.timestamp,
        rows[0]?.name,
      ]);
      expect((await api.get('/health/ready')).status).toBe(200);
    });
  });

  it('is ready on a database that a later version has migrated further', async () => {
    await withApp(async ({ api, sql }) => {
      await sql(`INSERT INTO migrations ("timestamp", name) VALUES (9999999999999, 'later-9999999999999')`);
      expect((await api.get('/health/ready')).status).toBe(200);
    });
  });

  it('is not ready without its table of migrations', async () => {
    await withApp(async ({ api, sql }) => {
      await sql('ALTER TABLE migrations RENAME TO gone');
      expectProblem(await api.get('/health/ready'), 503, 'unavailable');
    });
  });

  it('is alive and not ready when the database is gone', async () => {
    const database = await createTestDatabase();
    const app = await startApp({}, database.connection);
    expect((await app.api.get('/health/ready')).status).toBe(200);
    await database.drop();
    const answers = await Promise.all([app.api.get('/health/ready'), app.api.get('/health/live')]);
    const later = await app.api.get('/health/ready');
    await app.close();
    expectProblem(answers[0], 503, 'unavailable');
    expect(answers[1].status).toBe(200);
    expectProblem(later, 503, 'unavailable');
  });
});

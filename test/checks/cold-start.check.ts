import { performance } from 'node:perf_hooks';
import { createTestDatabase, urlOf } from '../support/database';
import { FunctionProcess } from '../support/function-process';
import { GATEWAYS, GatewayClient } from '../support/gateways';
import { signingKey } from '../support/signing-key';

const STARTS = 9;
/** milliseconds from the start of the process to the first answer */
const LIMIT = 1500;

it('a function answers its first event soon after the start of its process', async () => {
  const database = await createTestDatabase();
  const settings = {
    NODE_ENV: 'production',
    DATABASE_URL: urlOf(database.connection),
    DATABASE_POOL_MAX: '2',
    JWT_PRIVATE_KEY: signingKey(),
  };
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const started = performance.now();
    const container = new FunctionProcess(settings);
    const { status } = await new GatewayClient(GATEWAYS['an HTTP API'], container.invoke).get('/items');
    times.push(performance.now() - started);
    expect(status).toBe(200);
    await container.end();
  }
  await database.drop();
  const sorted = times.map(Math.round).sort((a, b) => a - b);
  process.stdout.write(`Cold starts of the function, in milliseconds: ${sorted.join(', ')}\n`);
  expect(sorted[Math.floor(STARTS / 2)]).toBeLessThan(LIMIT);
});

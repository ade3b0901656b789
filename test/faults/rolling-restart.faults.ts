import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database';
import { createItem, createStore, registerUser } from '../support/factories';
import { freePort, Instance } from '../support/instance';
import { temporaryDirectory } from '../support/process';
import { report, roundsOr } from '../support/rounds';
import { writeSigningKey } from '../support/signing-key';

const ROUNDS = roundsOr(4);
const CLIENTS = 8;

const NGINX = '/usr/sbin/nginx';
const isThere = existsSync(NGINX);
if (!isThere && process.env.CI === 'true') throw new Error('nginx is not installed');

let database: TestDatabase;
let folder: { path: string; remove: () => Promise<void> };
let instances: Instance[];
let nginx: ChildProcess;
let proxy: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryDirectory();
  await writeSigningKey(folder.path);
  const settings = {
    DATABASE_URL: urlOf(database.connection),
    DATA_DIR: folder.path,
    AUTH_THROTTLE: 'off',
    TRUST_PROXY: '1',
    SHUTDOWN_DELAY: '500',
  };
  instances = [new Instance(settings, await freePort()), new Instance(settings, await freePort())];
  await Promise.all(instances.map((instance) => instance.start()));
  if (isThere) proxy = await startNginx(instances.map(({ port }) => port));
});
afterAll(async () => {
  nginx.kill('SIGTERM');
  await Promise.all(instances.map((instance) => instance.end('SIGTERM')));
  await database.drop();
  await folder.remove();
});

/**
 * In front of both, like deploy/nginx.conf, without TLS. With `max_fails=0` nginx does not shun an instance for ten seconds
 * after its restart; when the other one is restarted in that time, nobody would be left.
 */
async function startNginx(ports: readonly number[]): Promise<Client> {
  const port = await freePort();
  const file = path.join(folder.path, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${path.join(folder.path, name)};`)
    .join('\n');
  await writeFile(
    file,
    `daemon off; pid ${path.join(folder.path, 'nginx.pid')}; error_log stderr crit;
    events {}
    http {
      access_log off;
      ${temporary}
      upstream emporium { ${ports.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ')} keepalive 32; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://emporium;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $remote_addr;
        }
      }
    }`,
  );
  nginx = spawn(NGINX, ['-c', file, '-p', folder.path], { stdio: ['ignore', 'ignore', 'inherit'] });
  const client = new Client(`http://127.0.0.1:${port}`);
  while (
    !(await client.get('/health/ready').then(
      ({ status }) => status === 200,
      () => false,
    ))
  )
    await sleep(20);
  return client;
}

(isThere ? it : it.skip)('restarts of two instances behind nginx fail no request', async () => {
  const owner = await registerUser(proxy);
  const store = await createStore(owner);
  const { id } = await createItem(store);
  const counts = { requests: 0 };
  const lost: string[] = [];
  let isOver = false;
  const expectStatus = async (expected: number, call: Promise<{ status: number }>) => {
    counts.requests++;
    const status = await call.then(
      (answer) => answer.status,
      (error: unknown) => String((error as Error).cause ?? error),
    );
    if (status !== expected) lost.push(`${expected} expected: ${status}`);
  };
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) {
      await expectStatus(200, proxy.get(`/items/${id}`));
      await expectStatus(201, owner.api.post('/items', { name: 'x', price: 1, store_id: store.id }));
      await expectStatus(200, owner.api.patch(`/items/${id}`, { price: 3 }));
    }
  });
  for (let round = 0; round < ROUNDS; round++) {
    const instance = instances[round % 2] as Instance;
    expect(await instance.end('SIGTERM')).toBe(0);
    await instance.start();
  }
  isOver = true;
  await Promise.all(clients);
  report('Rolling restarts behind nginx', ROUNDS, counts, lost);
});

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startApp } from './app';
import { type DatabaseConnection } from '../../src/database/connection';
import { postmasterOf } from './postmaster';
import { temporaryDirectory } from './process';

// No part of any run by itself: test/runner.e2e-spec.ts runs it, and kills the runner meanwhile.
it('never ends', async () => {
  const app = await startApp();
  const { path: dataDir } = await temporaryDirectory();
  const owner = await ownerOf(dataDir);
  const [row] = await app.sql<{ directory: string }>(`SELECT current_setting('data_directory') AS directory`);
  const report = {
    folders: [process.env.TMPDIR, row?.directory],
    processes: [
      process.pid,
      owner.pid,
      postmasterOf(row?.directory ?? ''),
      postmasterOf(path.join(dataDir, 'postgres')),
    ],
  };
  const file = process.env.ENDLESS_REPORT ?? '';
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.part`, JSON.stringify(report));
  await rename(`${file}.part`, file);
  await new Promise(() => undefined);
});

/** A process with an embedded PostgreSQL of its own, as a server under test has it. */
async function ownerOf(dataDir: string): Promise<ChildProcess> {
  const options = { dataDir, database: 'shop', durable: false, settings: { fsync: 'off' } };
  const child = fork(path.join(__dirname, 'embedded-postgres-owner.cjs'), [JSON.stringify(options)], {
    execArgv: [],
  });
  const [report] = (await once(child, 'message')) as [{ connection?: DatabaseConnection; error?: string }];
  if (report.error !== undefined) throw new Error(report.error);
  return child;
}

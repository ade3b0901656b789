import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BenchDatabase, openDatabase } from './database';
import { chooseDriver, type Driver } from './load';
import { type Options } from './options';
import { type Emporium, type Server, startEmporium, startLimitServer } from './servers';

/** Everything that runs during the measurements. */
export interface Bench {
  options: Options;
  driver: Driver;
  database: BenchDatabase;
  limit: Server;
  emporium: Emporium;
  /** for logs and requests; it is removed at the end */
  directory: string;
  log: (message: string) => void;
}

/** Clean-up functions, which run at the end in reverse order. */
const cleanups: (() => Promise<unknown>)[] = [];

export async function startBench(options: Options, log: (message: string) => void): Promise<Bench> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'emporium-bench-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const driver = options.driver ?? (await chooseDriver());
  const database = await openDatabase(options.items, log);
  cleanups.push(database.close);
  const limit = await startLimitServer(database.url, directory);
  cleanups.push(() => limit.stop());
  const emporium = await startEmporium(database.url, options.concurrency, directory);
  cleanups.push(() => emporium.server.stop());
  return { options, driver, database, limit, emporium, directory, log };
}

/** Stops everything that was started, also after an incomplete start. */
export async function stopBench(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

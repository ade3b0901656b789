import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { compareBodies } from './compare';
import { readMemory } from './cpu';
import { type BenchDatabase, openDatabase } from './database';
import { timeQueries } from './growth';
import { chooseDriver, type Driver } from './load';
import { measure } from './measure';
import { type Options, readOptions, USAGE, UsageError } from './options';
import { formatScenario, type Round } from './report';
import { makeScenarios, type Scenario } from './scenarios';
import { type Emporium, type Server, startEmporium, startLimitServer } from './servers';

const WARM_UP_SECONDS = 2;

/** What to undo at the end, the last first. */
const cleanups: (() => Promise<unknown>)[] = [];

interface Bench {
  options: Options;
  driver: Driver;
  database: BenchDatabase;
  limit: Server;
  emporium: Emporium;
  directory: string;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (process.platform !== 'linux')
    throw new UsageError('The benchmark needs Linux: it reads CPU times from /proc.');
  const bench = await start(options);
  const faults = await compareBodies(bench.limit, bench.emporium, options.items);
  log(faults.length === 0 ? 'Both servers give the same bodies' : `${faults.length} bodies differ`);
  if (options.growth) faults.push(...(await showGrowth(bench)));
  if (options.rounds > 0) faults.push(...(await showLoads(bench)));
  for (const fault of faults) process.stdout.write(`FAULT: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}

async function start(options: Options): Promise<Bench> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'emporium-bench-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const driver = options.driver ?? (await chooseDriver());
  const database = await openDatabase(options.items, log);
  cleanups.push(database.close);
  const limit = await startLimitServer(database.url, directory);
  cleanups.push(() => limit.stop());
  const emporium = await startEmporium(database.url, options.concurrency, directory);
  cleanups.push(() => emporium.server.stop());
  return { options, driver, database, limit, emporium, directory };
}

async function showGrowth({ emporium, options }: Bench): Promise<string[]> {
  const { server } = emporium;
  const before = await readMemory(server.pid);
  const { table, faults } = await timeQueries(server.client, options.items, log);
  const after = await readMemory(server.pid);
  process.stdout.write(
    `\n${table}\nMemory of Emporium: ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after.\n`,
  );
  return faults;
}

async function showLoads(bench: Bench): Promise<string[]> {
  const { options, driver, emporium } = bench;
  const { items, rounds, seconds, concurrency } = options;
  const scenarios = await makeScenarios(options.only, { ...bench, items }, log);
  const faults: string[] = [];
  log(`Warming up; then ${rounds} rounds with ${driver}, each load ${seconds} s`);
  for (const scenario of scenarios) await runRound(bench, scenario, 0, WARM_UP_SECONDS);
  const memoryBefore = await readMemory(emporium.server.pid);
  const results = new Map<Scenario, Round[]>(scenarios.map((scenario) => [scenario, []]));
  for (let number = 1; number <= rounds; number++) {
    for (const scenario of scenarios) {
      const round = await runRound(bench, scenario, number, seconds);
      results.get(scenario)?.push(round);
      for (const [name, { faults: found }] of Object.entries(round) as [string, Round['limit']][]) {
        faults.push(...found.map((fault) => `${scenario.title}, round ${number}, ${name}: ${fault}`));
      }
    }
    log(`Round ${number} of ${rounds} is done`);
  }
  const memoryAfter = await readMemory(emporium.server.pid);
  process.stdout.write(
    `\n${items} items, ${rounds} rounds of ${seconds} s with ${driver}, 32 connections, ` +
      `${concurrency} process${concurrency === 1 ? '' : 'es'}, Node ${process.version}, ` +
      `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}\n\n`,
  );
  for (const [{ title, target }, list] of results) process.stdout.write(formatScenario(title, target, list));
  process.stdout.write(
    `Memory of Emporium: ${memoryBefore.toFixed(0)} MiB before, ${memoryAfter.toFixed(0)} MiB after.\n`,
  );
  return faults;
}

/** Takes turns in going first: what heats or fills the machine must not always hit the same one. */
async function runRound(bench: Bench, scenario: Scenario, number: number, seconds: number): Promise<Round> {
  const { driver, database, limit, emporium, directory } = bench;
  const run = async (name: 'limit' | 'emporium', server: Server) => {
    const load = await scenario[name]();
    await database.checkpoint();
    return measure(driver, load, { server: server.pid, database: database.pid }, seconds, directory);
  };
  if (number % 2 === 0) {
    const first = await run('limit', limit);
    return { limit: first, emporium: await run('emporium', emporium.server) };
  }
  const first = await run('emporium', emporium.server);
  return { limit: await run('limit', limit), emporium: first };
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}

async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    void cleanUp().finally(() => process.exit(1));
  });
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof UsageError ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = 1;
  })
  .finally(cleanUp)
  .catch((error: unknown) => {
    process.stderr.write(`${String((error as Error).stack)}\n`);
    process.exitCode = 1;
  });

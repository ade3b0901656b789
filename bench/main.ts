import { type Bench, startBench, stopBench } from './bench';
import { measureBulk } from './bulk';
import { compareBodies } from './compare';
import { readMemory } from './cpu';
import { timeQueries } from './growth';
import { showLoads } from './loads';
import { readOptions, USAGE, UsageError } from './options';

/** Only some are shown, because one mistake can cause many faults. */
const FAULTS_SHOWN = 10;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (process.platform !== 'linux') {
    throw new UsageError('The benchmark needs Linux: it reads CPU times from /proc.');
  }
  const bench = await startBench(options, log);
  if (options.bulk) {
    process.stdout.write(await measureBulk(bench));
    return;
  }
  const faults = await compareBodies(bench.limit, bench.emporium, options.items);
  if (options.growth) faults.push(...(await showGrowth(bench)));
  if (options.rounds > 0) {
    faults.push(...(await showLoads(bench)));
    // Compares again after all the writes.
    faults.push(...(await compareBodies(bench.limit, bench.emporium, options.items)));
  }
  for (const fault of faults.slice(0, FAULTS_SHOWN)) log(`FAULT: ${fault}`);
  log(
    faults.length === 0
      ? 'No errors, and both servers give the same bodies.'
      : `${faults.length} faults, of which ${Math.min(faults.length, FAULTS_SHOWN)} are shown.`,
  );
  if (faults.length > 0) process.exitCode = 1;
}

async function showGrowth({ emporium, options }: Bench): Promise<string[]> {
  const { server } = emporium;
  const before = await readMemory(server.pid);
  const { table, faults } = await timeQueries(server.client, options.items, log);
  const after = await readMemory(server.pid);
  process.stdout.write(
    `\n${options.items} items, each query alone\n\n${table}\n` +
      `Memory of Emporium: ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after.\n`,
  );
  return faults;
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}

let isStopping = false;

function fail(error: unknown): void {
  process.exitCode = 1;
  // During a stop everything ends at once, and errors about that are expected.
  if (isStopping) return;
  log(error instanceof UsageError ? error.message : String((error as Error).stack));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isStopping = true;
    void stopBench().finally(() => process.exit(1));
  });
}

main().catch(fail).finally(stopBench).catch(fail);

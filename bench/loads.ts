import os from 'node:os';
import { type Bench } from './bench';
import { readMemory } from './cpu';
import { CONNECTIONS, type Load } from './load';
import { measure } from './measure';
import { formatScenario, type Round } from './report';
import { makeScenarios, type Scenario } from './scenarios';
import { type Server } from './servers';

const WARM_UP_SECONDS = 2;

/** Runs the loads on both servers alternately, and prints the tables. @returns the faults */
export async function showLoads(bench: Bench): Promise<string[]> {
  const { options, driver, emporium, log } = bench;
  const { items, rounds, seconds, concurrency } = options;
  const scenarios = makeScenarios(options.only, { ...bench, items });
  const restless = os.loadavg()[0] ?? 0;
  log(`${rounds} rounds with ${driver}, each load ${seconds} s; first a warm-up`);
  for (const scenario of scenarios) await runRound(bench, scenario, 0, WARM_UP_SECONDS);

  const memoryBefore = await readMemory(emporium.server.pid);
  const results = scenarios.map((scenario) => ({ scenario, rounds: [] as Round[] }));
  const faults: string[] = [];
  for (let number = 1; number <= rounds; number++) {
    for (const result of results) {
      const round = await runRound(bench, result.scenario, number, seconds);
      result.rounds.push(round);
      for (const [server, { faults: found }] of Object.entries(round) as [string, Round['base']][]) {
        faults.push(
          ...found.map((fault) => `${result.scenario.title}, round ${number}, ${server}: ${fault}`),
        );
      }
    }
    log(`Round ${number} of ${rounds} is done`);
  }
  const memoryAfter = await readMemory(emporium.server.pid);

  const head = [
    `${items} items`,
    `${rounds} rounds of ${seconds} s with ${driver}`,
    `${CONNECTIONS} connections`,
    `WEB_CONCURRENCY=${concurrency}`,
    `Node ${process.version}`,
    `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'CPU'}`,
    `load average before ${restless.toFixed(1)}`,
  ];
  const tables = results.map(({ scenario: { title, target, base }, rounds }) =>
    formatScenario({ title, target, base: base.name }, rounds),
  );
  const memory = `Memory of Emporium: ${memoryBefore.toFixed(0)} MiB before, ${memoryAfter.toFixed(0)} MiB after.`;
  process.stdout.write(`\n${head.join(', ')}\n\n${tables.join('\n')}\n${memory}\n`);
  return faults;
}

/**
 * The first server alternates, so that effects of the load before, such as heat or full caches, do not always affect
 * the same one.
 */
async function runRound(bench: Bench, scenario: Scenario, number: number, seconds: number): Promise<Round> {
  const { driver, database, emporium, directory } = bench;
  const { base } = scenario;
  const run = async (makeLoad: () => Promise<Load>, server: Server) => {
    const load = await makeLoad();
    await database.checkpoint();
    return measure(driver, load, { server: server.pid, database: database.pid }, seconds, directory);
  };
  if (number % 2 === 0) {
    const first = await run(base.load, base.server);
    return { base: first, emporium: await run(scenario.emporium, emporium.server) };
  }
  const first = await run(scenario.emporium, emporium.server);
  return { base: await run(base.load, base.server), emporium: first };
}

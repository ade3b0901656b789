import { parseArgs } from 'node:util';
import { type Driver } from './load';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios';

export const USAGE = `Measures Emporium beside the limit server, on the same database. docs/performance.md explains the result.

  npm run bench -- [options]
  npm run bench -- bulk [options]   measures imports and exports instead

  --items N          items in the data set, 100000
  --rounds N         how often each load is repeated, 3; 0 for none at all
  --seconds N        how long each load takes, 5
  --only LIST        only these loads, with commas between: ${SCENARIO_NAMES.join(', ')}
  --concurrency N    WEB_CONCURRENCY of Emporium, 1
  --driver NAME      wrk or autocannon; wrk where it is installed
  --rows N           rows of the imported files of bulk, 100000
  --growth           also times each query alone; always with 1000000 items or more
`;

export class UsageError extends Error {}

export interface Options {
  /** measures imports and exports, and not requests */
  bulk: boolean;
  /** of an imported file */
  rows: number;
  items: number;
  rounds: number;
  seconds: number;
  only: readonly ScenarioName[];
  concurrency: number;
  driver: Driver | undefined;
  growth: boolean;
  help: boolean;
}

export function readOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  const { items, rounds, seconds, only, concurrency, driver, growth, help, rows } = values;
  const [command, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`unknown argument "${others[0] ?? ''}"`);
  const itemCount = wholeNumber('items', items, 1000);
  return {
    bulk: isBulk(command),
    rows: wholeNumber('rows', rows, 1000),
    items: itemCount,
    rounds: wholeNumber('rounds', rounds, 0),
    seconds: wholeNumber('seconds', seconds, 1),
    only:
      only === undefined
        ? SCENARIO_NAMES
        : only.split(',').map((name) => oneOf('only', name, SCENARIO_NAMES)),
    concurrency: wholeNumber('concurrency', concurrency, 1),
    driver: driver === undefined ? undefined : oneOf('driver', driver, ['wrk', 'autocannon']),
    growth: growth || itemCount >= 1_000_000,
    help,
  };
}

function isBulk(command: string | undefined): boolean {
  if (command !== undefined) oneOf('command', command, ['bulk']);
  return command !== undefined;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        rows: { type: 'string', default: '100000' },
        items: { type: 'string', default: '100000' },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '5' },
        only: { type: 'string' },
        concurrency: { type: 'string', default: '1' },
        driver: { type: 'string' },
        growth: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least)) throw new UsageError(`--${name} must be a whole number from ${least} on`);
  return number;
}

function oneOf<const T extends string>(name: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${name} must be of ${values.join(', ')}; it is "${text}"`);
  return found;
}

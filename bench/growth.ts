import { deepPage, makeQueries, type Query, readSamples } from './growth-queries';
import { type HttpClient } from './http';
import { judge } from './report';
import { percentile } from './statistics';

const REPEATS = 200;
const WARM_UPS = 10;
/** Queries without a bound may take seconds. */
const UNBOUNDED_REPEATS = 10;

const BOUND_MS = 50;
const DEPTH_RATIO = 1.3;

interface Timing {
  p50: number;
  p99: number;
}

/** Measures every query alone: one client, one request at a time. */
export async function timeQueries(
  client: HttpClient,
  items: number,
  log: (message: string) => void,
): Promise<{ table: string; faults: string[] }> {
  log('Timing each query alone');
  const faults: string[] = [];
  const lines = [`${'milliseconds'.padEnd(52)}${'p50'.padStart(10)}${'p99'.padStart(10)}`];
  const line = (name: string, text: string) => lines.push(`${name.padEnd(52)}${text}`);

  const { ratio, first, deep } = await compareDepths(client, items);
  line('first page', show(first));
  line(
    'page at 90 % depth',
    `${show(deep)}  ${ratio.toFixed(2)} × the first at p50${judge(ratio, DEPTH_RATIO)}`,
  );
  for (const query of makeQueries(items, await readSamples(client, items))) {
    const result = await timeQuery(client, query);
    if (typeof result === 'string') {
      line(query.name, `          ${result}`);
      if (result !== NOT_THERE && query.isBounded) faults.push(`${query.name}: ${result}`);
    } else {
      const verdict = query.isBounded
        ? result.p99 < BOUND_MS
          ? ''
          : `  over ${BOUND_MS}`
        : '  without a bound';
      line(query.name, show(result) + verdict);
    }
  }
  return { table: `${lines.join('\n')}\n`, faults };
}

/** Requests alternate, so that other work of the machine slows both. */
async function compareDepths(
  client: HttpClient,
  items: number,
): Promise<{ ratio: number; first: Timing; deep: Timing }> {
  const deepPath = await deepPage(client, items, 0.9);
  const times: { first: number[]; deep: number[] } = { first: [], deep: [] };
  for (let count = -WARM_UPS; count < REPEATS; count++) {
    const first = await time(client, '/items?limit=20');
    const deep = await time(client, deepPath);
    if (count < 0) continue;
    times.first.push(first.milliseconds);
    times.deep.push(deep.milliseconds);
  }
  const [first, deep] = [timing(times.first), timing(times.deep)];
  return { ratio: deep.p50 / first.p50, first, deep };
}

const NOT_THERE = 'not there yet';

/** Its times, or a text that says why there are none. */
async function timeQuery(client: HttpClient, { makePath, isBounded }: Query): Promise<Timing | string> {
  const times: number[] = [];
  const [warmUps, repeats] = isBounded ? [WARM_UPS, REPEATS] : [1, UNBOUNDED_REPEATS];
  for (let count = -warmUps; count < repeats; count++) {
    const path = makePath();
    const { status, milliseconds } = await time(client, path);
    if (status === 400) return NOT_THERE;
    if (status !== 200) return `${path} answered ${status} after ${milliseconds.toFixed(0)} ms`;
    if (count >= 0) times.push(milliseconds);
  }
  return timing(times);
}

async function time(client: HttpClient, path: string): Promise<{ status: number; milliseconds: number }> {
  const started = performance.now();
  const { status } = await client.get(path);
  return { status, milliseconds: performance.now() - started };
}

function timing(times: readonly number[]): Timing {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

function show({ p50, p99 }: Timing): string {
  return p50.toFixed(2).padStart(10) + p99.toFixed(2).padStart(10);
}

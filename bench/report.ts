import { type Measurement } from './measure';
import { median } from './statistics';

/** Both servers under the same load, one right after the other. */
export interface Round {
  base: Measurement;
  emporium: Measurement;
}

const METRICS = [
  ['requests per second', 'throughput', 0],
  ['p50, ms', 'p50', 2],
  ['p99, ms', 'p99', 2],
  ['CPU of the server, µs a request', 'serverCpu', 0],
  ['CPU of PostgreSQL, µs a request', 'databaseCpu', 0],
  ['CPU of both, µs a request', 'totalCpu', 0],
] as const;

/** A table of the rounds: medians, and the ratio of Emporium to the base as median (lowest to highest). */
export function formatScenario(
  { title, target, base: baseName }: { title: string; target: number; base: string },
  rounds: readonly Round[],
): string {
  const lines = METRICS.map(([label, metric, digits]) => {
    const [base, emporium] = (['base', 'emporium'] as const).map((server) =>
      median(rounds.map((round) => round[server][metric])).toFixed(digits),
    );
    const ratios = rounds.map((round) => round.emporium[metric] / round.base[metric]);
    const verdict = metric === 'totalCpu' ? judgeSound(rounds, median(ratios), target) : '';
    return formatLine(label, base, emporium, formatRange(ratios)) + verdict;
  });
  return `${[title, formatLine('', baseName, 'Emporium', 'ratio'), ...lines].join('\n')}\n`;
}

/** It compares the rounded ratio, so that the report never says "1.40, at most 1.4: missed". */
export function judge(ratio: number, target: number): string {
  return `  at most ${target}: ${Number(ratio.toFixed(2)) <= target ? 'met' : 'missed'}`;
}

/** Times with errors are not valid, because errors are quick. */
function judgeSound(rounds: readonly Round[], ratio: number, target: number): string {
  const isSound = rounds.every(({ base, emporium }) => base.faults.length + emporium.faults.length === 0);
  return isSound ? judge(ratio, target) : '  not valid: there were errors';
}

function formatLine(label: string, limit = '', emporium = '', ratio = ''): string {
  return `  ${label.padEnd(32)}${limit.padStart(13)}${emporium.padStart(11)}  ${ratio.padEnd(21)}`;
}

function formatRange(values: readonly number[]): string {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)].map((value) =>
    value.toFixed(2).padStart(5),
  );
  return `${middle ?? ''} (${low ?? ''} to ${high ?? ''})`;
}

import { type Measurement } from './measure';
import { median } from './statistics';

/** Both servers under the same load, one right after the other. */
export interface Round {
  limit: Measurement;
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

/** A table of the rounds: medians, and the ratio of Emporium to the limit server as median (lowest to highest). */
export function formatScenario(title: string, target: number, rounds: readonly Round[]): string {
  const rows = METRICS.map(([label, metric, digits]) => {
    const ratios = rounds.map(({ limit, emporium }) => emporium[metric] / limit[metric]);
    const ratio = median(ratios);
    const verdict = metric === 'totalCpu' ? `  at most ${target}: ${ratio <= target ? 'met' : 'missed'}` : '';
    return [
      label.padEnd(33),
      median(rounds.map(({ limit }) => limit[metric]))
        .toFixed(digits)
        .padStart(12),
      median(rounds.map(({ emporium }) => emporium[metric]))
        .toFixed(digits)
        .padStart(12),
      `${ratio.toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})${verdict}`.padStart(
        22,
      ),
    ].join('  ');
  });
  const head = ['', 'limit server', 'Emporium', 'ratio (range)'];
  const heading = `${title.padEnd(33)}\n${(head[0] ?? '').padEnd(33)}  ${(head[1] ?? '').padStart(12)}  ${(head[2] ?? '').padStart(12)}  ${(head[3] ?? '').padStart(22)}`;
  return `${heading}\n${rows.join('\n')}\n\n`;
}

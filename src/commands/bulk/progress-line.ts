/** How far something is. */
export interface Progress {
  /** what is done, such as `Importing` */
  readonly what: string;
  readonly done: number;
  /** undefined where it is not known */
  readonly total: number | undefined;
  readonly unit: 'rows' | 'MB';
  /** since its beginning */
  readonly seconds: number;
}

/** A rate is told after so many seconds, when it is more than chance. */
const FIRST_RATE = 0.5;

const BAR_WIDTH = 24;

const BYTES_PER_MB = 1_000_000;

/** `Importing  450,000 of 1,000,000 rows, 25,000 rows/s, 22 s left` */
export function progressLine(progress: Progress): string {
  return [progress.what, facts(progress).join(', ')].join('  ');
}

/** `Importing  [###########-------------]  45 %  450,000 of 1,000,000 rows  25,000 rows/s  22 s left` */
export function progressBar(progress: Progress): string {
  const { what, done, total } = progress;
  if (total === undefined) return [what, ...facts(progress)].join('  ');
  const part = total === 0 ? 1 : Math.min(done / total, 1);
  const filled = Math.floor(part * BAR_WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
  const percent = `${Math.floor(part * 100)}`.padStart(3);
  return [what, `${bar} ${percent} %`, ...facts(progress)].join('  ');
}

function facts({ done, total, unit, seconds }: Progress): string[] {
  const format = unit === 'MB' ? megabytes : count;
  const amount = `${total === undefined ? '' : `${format(done)} of `}${format(total ?? done)} ${unit}`;
  if (seconds < FIRST_RATE || done === 0) return [amount];
  const rate = done / seconds;
  const left = total === undefined || total <= done ? [] : [`${duration((total - done) / rate)} left`];
  return [amount, `${format(rate)} ${unit}/s`, ...left];
}

/** `22 s`, `3 min 5 s`, `2 h 10 min` */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function megabytes(bytes: number): string {
  return (bytes / BYTES_PER_MB).toFixed(1);
}

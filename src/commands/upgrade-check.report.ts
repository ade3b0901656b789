import { type RehearsedMigration, type TableImpact } from '../database/rehearsal/rehearse-migration';

/** More than these are only counted. */
const NAMED_OBJECTS = 20;

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** One line about the migration, and one for each table that it locked. */
export function describeMigration({ name, seconds, impacts, error }: RehearsedMigration): string[] {
  if (error) return [`${name}: failed after ${duration(seconds)}`, ...describeError(error)];
  if (impacts.length === 0) return [`${name}: ${duration(seconds)}, no locks on existing tables`];
  return [`${name}: ${duration(seconds)}`, ...impacts.map(describeImpact)];
}

function describeImpact({
  table,
  lock,
  blocks,
  rowsWritten,
  rewrittenBytes,
  isDropped,
}: TableImpact): string {
  const effects = [blocks === 'neither' ? 'blocks neither reads nor writes' : `blocks ${blocks}`];
  if (isDropped) effects.push('drops it');
  if (rewrittenBytes !== undefined) {
    effects.push(`rewrites it with its indexes (now ${size(rewrittenBytes)})`);
  }
  if (rowsWritten > 0) effects.push(`writes ${count(rowsWritten, 'row')}`);
  return `  ${table}: ${lock}, ${effects.join(', ')}`;
}

function describeError(error: Error): string[] {
  const { code, detail, hint } = error as { code?: string; detail?: string; hint?: string };
  const lines = [code === undefined ? error.message : `${error.message} (SQLSTATE ${code})`];
  // Such a detail shows a whole row, and a row can have the hash of a password.
  if (detail !== undefined && !detail.startsWith('Failing row contains')) lines.push(detail);
  if (hint !== undefined) lines.push(hint);
  return lines.map((line) => `  ${line}`);
}

/** What others have added to the database, because a migration could fail on it, and the copy does not show that. */
export function describeMissing(labels: string[]): string[] {
  if (labels.length === 0) return [];
  const named = labels.slice(0, NAMED_OBJECTS).join(', ');
  const rest = labels.length > NAMED_OBJECTS ? ` and ${labels.length - NAMED_OBJECTS} more` : '';
  return [`Not copied, because Emporium has not created it: ${named}${rest}.`];
}

export function duration(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit] ?? ''}`;
}

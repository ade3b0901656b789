import { type components } from '#client';
import { type Import } from './follow-import';
import { printable } from './explain';
import { count } from './progress-line';
import { formatTable } from './table';

export type RowError = components['schemas']['ImportError'];
export type Change = components['schemas']['ImportChange'];

/** What became of an import, as a sentence. */
export function describeImport(result: Import): string {
  const { id, state, rows, failed } = result;
  const bad = `${count(failed)} of ${count(rows)} rows ${failed === 1 ? 'is' : 'are'} bad`;
  const leftOut = failed > 0 ? ` ${bad} and left out, so the exit status is 1.` : '';
  const counts = actionsOf(result)
    .map(({ done, value }) => `${count(value)} ${done}`)
    .join(', ');
  switch (state) {
    case 'succeeded':
      return `Import ${id} succeeded: ${counts}.${leftOut}`;
    case 'previewed':
      return `Import ${id} is a preview, and nothing is written yet.${leftOut}`;
    case 'undone':
      return `Import ${id} is undone.`;
    case 'cancelled':
      return `Import ${id} is cancelled, and nothing was written.`;
    case 'failed':
      return failed > 0
        ? `Import ${id} failed: ${bad}, so nothing was written; --on-error skip leaves them out.`
        : `Import ${id} failed, and nothing was written. The log of the server may say why.`;
    default:
      return `Import ${id} is not finished yet.`;
  }
}

/** What an import does with its rows. A file inserts and updates; an edit updates or deletes. */
function actionsOf({ edit, inserted, updated, deleted, unchanged }: Import) {
  const insert = { value: inserted, done: 'inserted', toDo: 'to insert' };
  const update = { value: updated, done: 'updated', toDo: 'to update' };
  const leave = { value: unchanged, done: 'unchanged', toDo: 'unchanged' };
  const remove = { value: deleted, done: 'deleted', toDo: 'to delete' };
  if (!edit) return [insert, update, leave];
  return isDeletion(edit) ? [remove] : [update, leave];
}

function isDeletion({ change }: Record<string, unknown>): boolean {
  return (change as { delete?: boolean } | undefined)?.delete === true;
}

/** A line for each error, and the number of the others. @param failed how many rows are bad */
export function formatErrors(errors: readonly RowError[], failed: number): string {
  const lines = errors.map(({ line, pointer, message }) =>
    printable(`line ${line}: ${pointer.replace(/^\//, '')} ${message}`.replace(':  ', ': ')),
  );
  const others = failed - new Set(errors.map(({ line }) => line)).size;
  if (others > 0) lines.push(`and ${count(others)} more bad ${others === 1 ? 'row' : 'rows'}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** The counts of a preview, and its first changes. */
export function formatPreview(preview: Import, changes: readonly Change[]): string {
  const actions = actionsOf(preview);
  const counts = formatCounts([
    ...actions.map(({ value, toDo }) => [value, toDo] as const),
    [preview.failed, 'bad'],
  ]);
  if (changes.length === 0) return counts;
  const rows = changes.map((change) => [
    String(change.line),
    change.item_id === null ? 'new' : String(change.item_id),
    describeChange(change),
  ]);
  const others = preview.inserted + preview.updated + preview.deleted - changes.length;
  const more = others > 0 ? `and ${count(others)} more\n` : '';
  return `${counts}\n${formatTable(['Line', 'Item', 'Change'], rows)}${more}`;
}

function formatCounts(counts: readonly (readonly [number, string])[]): string {
  const width = Math.max(...counts.map(([value]) => count(value).length));
  return counts.map(([value, what]) => `${count(value).padStart(width)} ${what}\n`).join('');
}

const MEMBERS = ['name', 'price', 'sku', 'tags'];

/** `price 15.99 → 12.5, tags garden → garden, sale`; of a new item only what it will be, and `delete Rake` of one that goes */
function describeChange({ action, before, after }: Change): string {
  if (action === 'delete') return `delete ${show(before.name)}`;
  return MEMBERS.filter((name) => name in before || show(after[name]) !== NOTHING)
    .map((name) => `${name} ${name in before ? `${show(before[name])} → ` : ''}${show(after[name])}`)
    .join(', ');
}

const NOTHING = 'none';

function show(value: unknown): string {
  if (value === null || value === undefined) return NOTHING;
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : value.map(show).join(' | ');
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

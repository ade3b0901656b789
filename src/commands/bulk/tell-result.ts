import { type Emporium } from '#client';
import { type Import } from './follow-import';
import { count } from './progress-line';
import { type Change, describeImport, formatErrors, formatPreview } from './report';

/** How many errors and changes are shown. */
const ERRORS_SHOWN = 20;
const CHANGES_SHOWN = 10;

/** The longest page of a list. */
const PAGE = 100;

/**
 * Tells what became of an import, with its errors by line, and what can be done next. The exit status is 0 only if every
 * row is good, and an undo has left nothing alone.
 *
 * @param account the options of the next command
 */
export async function tellResult(api: Emporium, result: Import, account: string): Promise<void> {
  const { id, state, failed } = result;
  if (failed > 0) {
    const { rows } = await api.imports.listErrors({ id, limit: ERRORS_SHOWN });
    process.stderr.write(formatErrors(rows, failed));
  }
  if (state === 'undone') await tellConflicts(api, id);
  const isDone = state === 'succeeded' || state === 'previewed' || state === 'undone';
  if (!isDone || failed > 0) process.exitCode = 1;
  (isDone ? process.stdout : process.stderr).write(`${describeImport(result)}\n`);
  if (state === 'previewed') {
    const changes = await firstChanges(api, result);
    process.stdout.write(
      `\n${formatPreview(result, changes)}\nTo apply it:  emporium apply ${id} ${account}\n`,
    );
  }
  if (state === 'succeeded') process.stdout.write(`To take it back:  emporium undo ${id} ${account}\n`);
}

/** The items that an undo has left alone, of which not all is well. They come last among the errors, and have no line. */
async function tellConflicts(api: Emporium, id: number): Promise<void> {
  let conflicts = 0;
  for await (const { line, message } of api.imports.listErrors({ id, limit: PAGE })) {
    if (line > 0) continue;
    if (++conflicts <= ERRORS_SHOWN) process.stderr.write(`${message}\n`);
  }
  if (conflicts > ERRORS_SHOWN) process.stderr.write(`and ${count(conflicts - ERRORS_SHOWN)} more items\n`);
  if (conflicts > 0) process.exitCode = 1;
}

/** Changes of items that are there come first: they are what can go wrong. */
async function firstChanges(api: Emporium, preview: Import): Promise<Change[]> {
  const { id, inserted, updated, deleted } = preview;
  const changes: Change[] = [];
  if (deleted > 0)
    changes.push(...(await api.imports.listChanges({ id, action: 'delete', limit: CHANGES_SHOWN })).rows);
  if (updated > 0)
    changes.push(...(await api.imports.listChanges({ id, action: 'update', limit: CHANGES_SHOWN })).rows);
  const limit = CHANGES_SHOWN - changes.length;
  if (inserted > 0 && limit > 0)
    changes.push(...(await api.imports.listChanges({ id, action: 'insert', limit })).rows);
  return changes;
}

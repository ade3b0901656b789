import { setTimeout as sleep } from 'node:timers/promises';
import { type components, type Emporium } from '#client';
import { interrupted } from '../interruption';
import { type ProgressDisplay, progressDisplay } from './progress-display';

export type Import = components['schemas']['Import'];

/** Whether it waits for nothing but people. */
export const isFinished = ({ state }: Import) => !UNFINISHED.has(state);

const UNFINISHED: ReadonlySet<string> = new Set(['receiving', 'queued', 'running']);

/** The first wait and the longest one, in milliseconds: small files are done at once. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 1000;

/**
 * Waits until an import is finished or previewed.
 *
 * @throws Interruption
 */
export async function followImport(api: Emporium, id: number, display: ProgressDisplay): Promise<Import> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    interrupted.throwIfAborted();
    const found = await api.imports.get({ id, signal: interrupted });
    if (isFinished(found)) return found;
    const { processed: done, rows: total, state } = found;
    const what = state === 'queued' ? 'Waiting' : 'Importing';
    display.update({ what, done, total, unit: 'rows' });
    await sleep(wait, undefined, { signal: interrupted }).catch(() => undefined);
  }
}

/** Shows how far the apply or the undo of an import is, until its response has come. */
export async function watchOperation(api: Emporium, id: number, end: AbortSignal): Promise<void> {
  const display = progressDisplay();
  try {
    for (;;) {
      await sleep(LONGEST_WAIT, undefined, { signal: end });
      const { operation, processed: done, rows: total } = await api.imports.get({ id, signal: end });
      if (operation) display.update({ what: WORDS[operation], done, total, unit: 'rows' });
    }
  } catch {
    // The response tells what became of it.
  } finally {
    display.clear();
  }
}

const WORDS = { import: 'Importing', apply: 'Applying', undo: 'Undoing' } as const;

import { type components } from 'emporium-client';

export type Import = components['schemas']['Import'];
export type ImportChange = components['schemas']['ImportChange'];
export type ImportError = components['schemas']['ImportError'];
export type State = Import['state'];

/** With these it goes on by itself. */
const MOVING: ReadonlySet<State> = new Set(['receiving', 'queued', 'running']);

export const isMoving = ({ state }: { state: State }) => MOVING.has(state);

/** It has ended before anything was written. What a preview had counted must not look as if it was. */
export const wroteNothing = ({ state }: { state: State }) => state === 'failed' || state === 'cancelled';

/** How many items it writes. */
export const writesOf = ({ inserted, updated, deleted }: Import) => inserted + updated + deleted;

/** What an edit changes; `file` is no edit. */
export type Kind = 'file' | 'price' | 'tags' | 'delete' | 'several';

export function kindOf({ edit }: Import): Kind {
  if (!edit) return 'file';
  const { price, delete: isDeletion } = edit.change as components['schemas']['EditChange'];
  if (isDeletion) return 'delete';
  const hasTags = 'add_tags' in (edit.change as object) || 'remove_tags' in (edit.change as object);
  if (price && hasTags) return 'several';
  return price ? 'price' : 'tags';
}

/** How many bad rows, and how many errors of an import, the server keeps. */
export const KEPT_ERRORS = 10_000;

/** What it does with bad rows, and with items that exist. */
export interface Options {
  on_error: Import['on_error'];
  on_existing: Import['on_existing'];
}

/** The preview tells of bad rows, and the person decides then: so it is not refused because of them. */
export const DEFAULT_OPTIONS: Options = { on_error: 'skip', on_existing: 'update' };

export const ON_ERROR: readonly Options['on_error'][] = ['skip', 'abort'];
export const ON_EXISTING: readonly Options['on_existing'][] = ['update', 'skip', 'fail'];

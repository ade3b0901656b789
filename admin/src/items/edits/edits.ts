import { type components } from 'emporium-client';
import { api } from '../../api';
import { asUser } from '../../as-user';
import { applyPreview, undoImport } from '../../imports/calls';
import { Cancelled, PanelError } from '../../panel-error';
import { type ItemFilter, listOf } from '../item-filter';

export type Edit = components['schemas']['Import'];
export type EditFilter = components['schemas']['EditFilter'];
export type EditChange = components['schemas']['EditChange'];
export type PriceChange = components['schemas']['PriceChange'];
export type PlannedChange = components['schemas']['ImportChange'];

/** How many changes of a preview are shown. */
const SHOWN = 10;

/** Time between two looks at whether a preview is there, in milliseconds. */
const INTERVAL = 300;

export interface Preview {
  edit: Edit;
  /** the first ones */
  changes: PlannedChange[];
  /** what is wrong with the first item for which it is not possible */
  fault: string | undefined;
}

/** The filters of the list, as an edit takes them. */
export function toEditFilter({
  q,
  tag_id,
  tag_match,
  without_tag,
  min_price,
  max_price,
}: ItemFilter): EditFilter {
  const [tagIds, withoutTags] = [listOf(tag_id), listOf(without_tag)];
  return {
    ...(q !== undefined && { q }),
    ...(tagIds.length > 0 && { tag_id: tagIds }),
    ...(tag_match && { tag_match }),
    ...(withoutTags.length > 0 && { without_tag: withoutTags }),
    ...(min_price !== undefined && { min_price }),
    ...(max_price !== undefined && { max_price }),
  };
}

/** Works out what a change does, and writes nothing. @param signal ends the waiting, and drops the preview */
export async function previewEdit(
  storeId: number,
  filter: EditFilter,
  change: EditChange,
  signal: AbortSignal,
): Promise<Preview> {
  const body = { filter, change, dry_run: true };
  let edit = await asUser(() => api.edits.create({ id: storeId, body }));
  const { id } = edit;
  try {
    while (edit.state === 'queued' || edit.state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      signal.throwIfAborted();
      edit = await asUser(() => api.imports.get({ id }));
    }
    const action = change.delete ? 'delete' : 'update';
    const changes = await asUser(() => api.imports.listChanges({ id, action, limit: SHOWN }));
    const errors = await asUser(() => api.imports.listErrors({ id, limit: 1 }));
    signal.throwIfAborted();
    return { edit, changes: changes.rows, fault: errors.rows[0]?.message };
  } catch (error) {
    dropPreview(id);
    throw error;
  }
}

/** Applies a preview. One that the server refuses to apply is cancelled, because nobody sees it any more. */
export async function applyEdit(id: number): Promise<Edit> {
  try {
    return await applyPreview(id);
  } catch (error) {
    // If only the answer was lost, the edit may still be running, and must not be stopped.
    const isRefused =
      error instanceof PanelError && error.code !== undefined && !(error instanceof Cancelled);
    if (isRefused) dropPreview(id);
    throw error;
  }
}

export const undoEdit = (id: number): Promise<Edit> => undoImport(id, false);

/** A preview that nobody wants. If it cannot be cancelled, it does no harm. */
export function dropPreview(id: number): void {
  asUser(() => api.imports.cancel({ id })).catch(() => undefined);
}

import { Injectable } from '@nestjs/common';
import { type Executor } from '../../database/executor';
import { ItemsService } from '../../items/items.service';
import { type Narrowing } from '../../reads/list/narrowing';
import { type Import } from '../import.entity';
import { ImportsRepository } from '../imports.repository';
import { ItemWritesRepository, type Lines } from '../item-writes.repository';
import { MAX_ERRORS, ROWS_AT_ONCE } from '../limits';
import { type Progress } from '../progress';
import { type Edit } from './edit';
import { EditWritesRepository } from './edit-writes.repository';

/** An import that is an edit. */
export type ItemEdit = Import & { edit: Edit };

export function isEdit(found: Import): found is ItemEdit {
  return found.edit !== null;
}

/** Does edits of many items, each in the transaction of its job or of a request. */
@Injectable()
export class EditRunner {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly writes: ItemWritesRepository,
    private readonly edits: EditWritesRepository,
    private readonly items: ItemsService,
  ) {}

  async run(transaction: Executor, found: ItemEdit, progress: Progress): Promise<void> {
    const { id, dryRun, onError } = found;
    await this.collect(transaction, found);
    const counts = await this.edits.count(transaction);
    const { rows, failed } = counts;
    progress.rows = rows;
    await this.edits.collectErrors(transaction, id, MAX_ERRORS);
    if (failed > 0 && onError === 'abort') {
      await this.imports.finish(transaction, id, 'failed', { rows, failed });
    } else if (dryRun) {
      await this.edits.plan(transaction, id);
      await this.imports.finish(transaction, id, 'previewed', { ...counts, processed: rows });
    } else {
      await this.write(transaction, found, progress);
    }
  }

  /** Works out the edit again. @returns the first items to which it would do something else than its preview says */
  async findOutdated(transaction: Executor, found: ItemEdit, limit: number): Promise<number[]> {
    await this.collect(transaction, found);
    return this.edits.findOutdated(transaction, found.id, limit);
  }

  /** Writes what was worked out in this transaction. */
  async write(transaction: Executor, found: ItemEdit, progress: Progress): Promise<void> {
    const { id, storeId, edit } = found;
    const { add_tags: added = [], remove_tags: removed = [], delete: isDeletion } = edit.change;
    const counts = await this.edits.count(transaction);
    const { rows } = counts;
    await this.writes.setOrigin(transaction, found, found.actorId, found.requestId);
    if (added.length > 0) await this.edits.createTags(transaction, storeId, added);
    await progress.inParts(partsOf(rows), async (part) => {
      if (isDeletion) {
        await this.edits.delete(transaction, part);
      } else {
        await this.edits.update(transaction, part);
        if (added.length + removed.length > 0)
          await this.edits.link(transaction, storeId, { added, removed }, part);
      }
      return Math.min(part.to, rows) - part.from + 1;
    });
    await this.imports.finish(transaction, id, 'succeeded', { ...counts, processed: rows });
  }

  private async collect(transaction: Executor, { storeId, edit }: ItemEdit): Promise<void> {
    const { change, filter } = edit;
    const names = [...(change.add_tags ?? []), ...(change.remove_tags ?? [])];
    if (names.length > 0) await this.edits.lockTags(transaction, storeId, names);
    await this.edits.collect(transaction, storeId, change, this.narrow(storeId, filter));
  }

  private narrow(storeId: number, filter: Edit['filter']): Narrowing {
    const { ids, q, sku, tag, min_price: min, max_price: max } = filter;
    const narrowing = this.items.narrowToStore(storeId, {
      ...(q !== undefined && { q }),
      ...(sku !== undefined && { sku }),
      ...(min !== undefined && { minPrice: String(min) }),
      ...(max !== undefined && { maxPrice: String(max) }),
      ...(filter.tag_id && { tagId: filter.tag_id }),
      ...(tag && { tag }),
      ...(filter.without_tag && { withoutTag: filter.without_tag }),
      tagMatch: filter.tag_match,
    });
    if (ids) narrowing.filter({ check: `i.id = ANY (${narrowing.value(ids)}::bigint[])` });
    return narrowing;
  }
}

function partsOf(rows: number): Lines[] {
  return Array.from({ length: Math.ceil(rows / ROWS_AT_ONCE) }, (_, n) => ({
    from: n * ROWS_AT_ONCE + 1,
    to: (n + 1) * ROWS_AT_ONCE,
  }));
}

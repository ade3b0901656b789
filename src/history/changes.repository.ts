import { Injectable } from '@nestjs/common';
import { type Executor, type Reader } from '../database/executor';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { Resource } from '../reads/row-shape';
import { type Change } from './change.entity';
import { CHANGE, CHANGES, type ChangeListQuery } from './changes.list';
import { type ChangeDto } from './dto/change.dto';

/** What is undone. */
export interface UndoableChange extends Pick<Change, 'id' | 'resource' | 'resourceId' | 'action'> {
  /** whether a store changed its owner */
  readonly hasNewOwner: boolean;
  /** the tag of a link */
  readonly tagId: number;
  /** the owner of its store */
  readonly ownerId: number;
}

/** The SQL of the history. Its rows are written by triggers only. */
@Injectable()
export class ChangesRepository {
  async findPage(reader: Reader, query: ChangeListQuery): Promise<Page<ChangeDto>> {
    return readPage(reader, CHANGES, query);
  }

  /** Finds a change, and keeps its store from being deleted until the transaction ends. */
  async findUndoable(transaction: Executor, id: number): Promise<UndoableChange | undefined> {
    const [row] = await transaction.rows(
      `SELECT c.resource, c.resource_id, c.action, c.changes ? 'owner_id',
         coalesce(c.changes->'tag_id'->>0, c.changes->'tag_id'->>1), s.owner_id
       FROM changes c JOIN stores s ON s.id = c.store_id WHERE c.id = $1 FOR KEY SHARE OF s`,
      [id],
    );
    if (!row) return undefined;
    const [resource, resourceId, action, hasNewOwner, tagId, ownerId] = row;
    return {
      id,
      resource: resource as Change['resource'],
      resourceId: Number(resourceId),
      action: action as Change['action'],
      hasNewOwner: hasNewOwner === 't',
      tagId: Number(tagId),
      ownerId: Number(ownerId),
    };
  }

  /** The last change of this resource in this transaction; undefined if there is none. */
  async findOwn(
    transaction: Executor,
    { resource, resourceId }: UndoableChange,
  ): Promise<Resource<ChangeDto> | undefined> {
    const [row] = await transaction.rows(
      `SELECT ${CHANGE.select} FROM changes c
       WHERE c.resource_id = $1 AND c.resource = $2 AND c.transaction_id = pg_current_xact_id()::text::bigint
       ORDER BY c.id DESC LIMIT 1`,
      [resourceId, resource],
    );
    return row && new Resource(CHANGE, row);
  }

  /**
   * Removes the oldest changes. Their ids are nearly in the order of their times, so that no index of the times is needed.
   *
   * @param days how long changes are kept
   * @returns the number of removed changes, at most `limit`
   */
  async removeExpired(executor: Executor, limit: number, days: number): Promise<number> {
    const removed = await executor.rows(
      `DELETE FROM changes WHERE id IN (
         SELECT id FROM (SELECT id, at FROM changes ORDER BY id LIMIT $1) AS oldest
         WHERE at < now() - $2 * interval '1 day'
       ) RETURNING id`,
      [limit, days],
    );
    return removed.length;
  }
}

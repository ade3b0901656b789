import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { isWritable, isWritableBy, type Writable } from '../common/write-as';
import { type Executor, type Reader } from '../database/executor';
import { Values } from '../database/values';
import { changeOf, insertionOf, type WrittenColumns } from '../database/written-columns';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { type CurrentRow, CurrentRowShape } from '../reads/current-row';
import { Resource } from '../reads/row-shape';
import { type CreateTagDto } from './dto/create-tag.dto';
import { type TagQueryDto } from './dto/tag-query.dto';
import { type TagDto } from './dto/tag.dto';
import { type UpdateTagDto } from './dto/update-tag.dto';
import { TAG, TAGS } from './tags.list';

const BY_ID = `SELECT ${TAG.select} FROM tags t WHERE t.id = ANY ($1::bigint[])`;

const CURRENT = new CurrentRowShape(TAG, 't');
const CURRENT_BY_ID = `SELECT ${CURRENT.select} FROM tags t JOIN stores s ON s.id = t.store_id WHERE t.id = ANY ($1::bigint[])`;

const COLUMNS: WrittenColumns<UpdateTagDto> = { name: 'text' };

/** The SQL of tags. Writes change only tags of the caller's stores; an admin's writes change any tag. */
@Injectable()
export class TagsRepository {
  /** Returns undefined when the caller may not write to the store, or it does not exist. */
  async insert(
    executor: Executor,
    storeId: number,
    dto: CreateTagDto,
    caller: Caller,
  ): Promise<Resource<TagDto> | undefined> {
    const { add, list } = new Values();
    const { columns, values } = insertionOf(COLUMNS, dto, add);
    const [row] = await executor.rows(
      `INSERT INTO tags AS t (${columns}, store_id)
       SELECT ${values}, s.id FROM stores s WHERE s.id = ${add(storeId)} AND ${isWritableBy(caller, add)}
       RETURNING ${TAG.select}`,
      list,
    );
    return row && new Resource(TAG, row);
  }

  async findPage(reader: Reader, ofStore: number, query: TagQueryDto): Promise<Page<TagDto>> {
    return readPage(reader, TAGS, Object.assign({}, query, { ofStore }));
  }

  async find(reader: Reader, id: number): Promise<Resource<TagDto> | undefined> {
    const row = await reader.byKey(BY_ID, id);
    return row && new Resource(TAG, row);
  }

  async findCurrent(reader: Reader, id: number): Promise<CurrentRow | undefined> {
    const row = await reader.byKey(CURRENT_BY_ID, id);
    return row && CURRENT.read(row);
  }

  /** Locks the tag, if it exists, until the transaction ends. */
  async lock(transaction: Executor, id: number): Promise<void> {
    await transaction.rows('SELECT FROM tags WHERE id = $1 FOR UPDATE', [id]);
  }

  /** Returns the changed tag; undefined when the caller may not change it, or it does not exist. */
  async update(
    executor: Executor,
    row: Writable,
    changes: UpdateTagDto,
  ): Promise<Resource<TagDto> | undefined> {
    const { add, list } = new Values();
    const condition = isWritable('t', row, add);
    const change = changeOf('t', COLUMNS, changes, add);
    const [changed] = await executor.rows(
      `UPDATE tags AS t SET ${change.set}, updated_at = ${change.updatedAt}
       FROM stores s WHERE s.id = t.store_id AND ${condition} RETURNING ${TAG.select}`,
      list,
    );
    return changed && new Resource(TAG, changed);
  }

  /** How many items carry the tag. It is SQL, because this module may not import the entities of items. */
  async countItems(executor: Executor, id: number): Promise<number> {
    const [row] = await executor.rows('SELECT count(*) FROM item_tags WHERE tag_id = $1', [id]);
    return Number(row?.[0]);
  }

  /** Returns undefined when the caller may not delete the tag, or it does not exist. */
  async delete(executor: Executor, row: Writable): Promise<true | undefined> {
    const { add, list } = new Values();
    const [deleted] = await executor.rows(
      `DELETE FROM tags t USING stores s
       WHERE s.id = t.store_id AND ${isWritable('t', row, add)} RETURNING t.id`,
      list,
    );
    return deleted && true;
  }
}

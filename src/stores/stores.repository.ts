import { Injectable } from '@nestjs/common';
import { isWritable, type Writable } from '../common/write-as';
import { type Executor, type Reader, type Row } from '../database/executor';
import { Values } from '../database/values';
import { changeOf, insertionOf, type WrittenColumns } from '../database/written-columns';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { type CurrentRow, CurrentRowShape } from '../reads/current-row';
import { Resource } from '../reads/row-shape';
import { type CreateStoreDto } from './dto/create-store.dto';
import { type StoreQueryDto } from './dto/store-query.dto';
import { type StoreDto } from './dto/store.dto';
import { type UpdateStoreDto } from './dto/update-store.dto';
import { STORE, STORES } from './stores.list';

const BY_ID = `SELECT ${STORE.select} FROM stores s WHERE s.id = ANY ($1::bigint[])`;

const CURRENT = new CurrentRowShape(STORE, 's');
const CURRENT_BY_ID = `SELECT ${CURRENT.select} FROM stores s WHERE s.id = ANY ($1::bigint[])`;

const COLUMNS: WrittenColumns<UpdateStoreDto> = { name: 'text', ownerId: 'bigint' };

/** The SQL of stores. Writes change only the caller's stores; an admin's writes change any store. */
@Injectable()
export class StoresRepository {
  async insert(executor: Executor, dto: CreateStoreDto, ownerId: number): Promise<Resource<StoreDto>> {
    const { add, list } = new Values();
    const { columns, values } = insertionOf(COLUMNS, Object.assign({}, dto, { ownerId }), add);
    const [row] = await executor.rows(
      `INSERT INTO stores AS s (${columns}) VALUES (${values}) RETURNING ${STORE.select}`,
      list,
    );
    return new Resource(STORE, row as Row);
  }

  async findPage(reader: Reader, query: StoreQueryDto): Promise<Page<StoreDto>> {
    return readPage(reader, STORES, query);
  }

  async find(reader: Reader, id: number): Promise<Resource<StoreDto> | undefined> {
    const row = await reader.byKey(BY_ID, id);
    return row && new Resource(STORE, row);
  }

  async findCurrent(reader: Reader, id: number): Promise<CurrentRow | undefined> {
    const row = await reader.byKey(CURRENT_BY_ID, id);
    return row && CURRENT.read(row);
  }

  /** Locks the store, if it exists, until the transaction ends. */
  async lock(transaction: Executor, id: number): Promise<void> {
    await transaction.rows('SELECT FROM stores WHERE id = $1 FOR UPDATE', [id]);
  }

  /** Returns the changed store; undefined when the caller may not change it, or it does not exist. */
  async update(
    executor: Executor,
    row: Writable,
    changes: UpdateStoreDto,
  ): Promise<Resource<StoreDto> | undefined> {
    const { add, list } = new Values();
    const condition = isWritable('s', row, add);
    const change = changeOf('s', COLUMNS, changes, add);
    const [changed] = await executor.rows(
      `UPDATE stores AS s SET ${change.set}, updated_at = ${change.updatedAt}
       WHERE ${condition} RETURNING ${STORE.select}`,
      list,
    );
    return changed && new Resource(STORE, changed);
  }

  /**
   * Deletes the store with its items, tags and links. Returns undefined when the caller may not delete it, or it does
   * not exist.
   */
  async delete(executor: Executor, row: Writable): Promise<true | undefined> {
    const { add, list } = new Values();
    const [deleted] = await executor.rows(
      `DELETE FROM stores s WHERE ${isWritable('s', row, add)} RETURNING s.id`,
      list,
    );
    return deleted && true;
  }
}

import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { isWritableBy } from '../common/write-as';
import { type Executor, type Reader } from '../database/executor';
import { Values } from '../database/values';
import { changeOf, insertionOf, type WrittenColumns } from '../database/written-columns';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { Resource } from '../reads/row-shape';
import { type CreateItemDto } from './dto/create-item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';
import { type ItemDto } from './dto/item.dto';
import { type UpdateItemDto } from './dto/update-item.dto';
import { ITEM, NEW_ITEM } from './item.shape';
import { ITEMS } from './items.list';

const BY_ID = `SELECT ${ITEM.select} FROM items i WHERE i.id = ANY ($1::bigint[])`;

const COLUMNS: WrittenColumns<UpdateItemDto> = { name: 'text', price: 'numeric', sku: 'text' };

/** The SQL of items. Writes change only items of the caller's stores; an admin's writes change any item. */
@Injectable()
export class ItemsRepository {
  /** Returns undefined when the caller may not write to the store, or it does not exist. */
  async insert(
    executor: Executor,
    { storeId, ...members }: CreateItemDto,
    caller: Caller,
  ): Promise<Resource<ItemDto> | undefined> {
    const { add, list } = new Values();
    const { columns, values } = insertionOf(COLUMNS, members, add);
    const [row] = await executor.rows(
      `INSERT INTO items AS i (${columns}, store_id) SELECT ${values}, s.id
       FROM stores s WHERE s.id = ${add(storeId)} AND ${isWritableBy(caller, add)}
       RETURNING ${NEW_ITEM.select}`,
      list,
    );
    return row && new Resource(NEW_ITEM, row);
  }

  /** @param ofStore the store that the path names */
  async findPage(reader: Reader, query: ItemQueryDto, ofStore?: number): Promise<Page<ItemDto>> {
    return readPage(reader, ITEMS, Object.assign({}, query, { ofStore }));
  }

  async find(reader: Reader, id: number): Promise<Resource<ItemDto> | undefined> {
    const row = await reader.byKey(BY_ID, id);
    return row && new Resource(ITEM, row);
  }

  /** The owner of the item's store. */
  async findOwner(executor: Executor, id: number): Promise<number | undefined> {
    const [row] = await executor.rows(
      'SELECT s.owner_id FROM items i JOIN stores s ON s.id = i.store_id WHERE i.id = $1',
      [id],
    );
    return row && Number(row[0]);
  }

  /** Returns the changed item; undefined when the caller may not change it, or it does not exist. */
  async update(
    executor: Executor,
    id: number,
    changes: UpdateItemDto,
    caller: Caller,
  ): Promise<Resource<ItemDto> | undefined> {
    const { add, list } = new Values();
    const isWritable = `i.id = ${add(id)} AND ${isWritableBy(caller, add)}`;
    const change = changeOf('i', COLUMNS, changes, add);
    const [row] = await executor.rows(
      `UPDATE items AS i SET ${change.set}, updated_at = ${change.updatedAt}
       FROM stores s WHERE s.id = i.store_id AND ${isWritable} RETURNING ${ITEM.select}`,
      list,
    );
    return row && new Resource(ITEM, row);
  }

  /** Deletes the item with its links. Returns undefined when the caller may not delete it, or it does not exist. */
  async delete(executor: Executor, id: number, caller: Caller): Promise<true | undefined> {
    const { add, list } = new Values();
    const [row] = await executor.rows(
      `DELETE FROM items i USING stores s
       WHERE s.id = i.store_id AND i.id = ${add(id)} AND ${isWritableBy(caller, add)} RETURNING i.id`,
      list,
    );
    return row && true;
  }
}

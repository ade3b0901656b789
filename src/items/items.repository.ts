import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { isWritable, isWritableBy, type Writable } from '../common/write-as';
import { type Executor, type Reader } from '../database/executor';
import { Values } from '../database/values';
import { changeOf, insertionOf, type WrittenColumns } from '../database/written-columns';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { type CurrentRow, CurrentRowShape, type RowVersion } from '../reads/current-row';
import { Resource } from '../reads/row-shape';
import { type CreateItemDto } from './dto/create-item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';
import { type ItemDto } from './dto/item.dto';
import { type UpdateItemDto } from './dto/update-item.dto';
import { ITEM, LOCKED_TAGS, NEW_ITEM, selectWithTags } from './item.shape';
import { ITEMS } from './items.list';

const BY_ID = `SELECT ${ITEM.select} FROM items i WHERE i.id = ANY ($1::bigint[])`;

const CURRENT = new CurrentRowShape(ITEM, 'i');
const CURRENT_BY_ID = `SELECT ${CURRENT.select} FROM items i JOIN stores s ON s.id = i.store_id WHERE i.id = ANY ($1::bigint[])`;

const COLUMNS: WrittenColumns<UpdateItemDto> = { name: 'text', price: 'numeric', sku: 'text' };

/** The version of an item as clients see it, with its tags. */
export interface ItemVersion {
  readonly row: RowVersion;
  /** JSON, as in the response */
  readonly tags: string;
}

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

  async findCurrent(reader: Reader, id: number): Promise<CurrentRow<ItemVersion> | undefined> {
    const row = await reader.byKey(CURRENT_BY_ID, id);
    if (!row) return undefined;
    const { version, ...current } = CURRENT.read(row);
    return { ...current, version: { row: version, tags: ITEM.textOf(row, 'tags') ?? '' } };
  }

  /** Locks the item, if it exists, until the transaction ends. */
  async lock(transaction: Executor, id: number): Promise<void> {
    await transaction.rows('SELECT FROM items WHERE id = $1 FOR UPDATE', [id]);
  }

  /** Returns the changed item; undefined when the caller may not change it, or it does not exist. */
  async update(
    executor: Executor,
    row: Writable<ItemVersion>,
    changes: UpdateItemDto,
  ): Promise<Resource<ItemDto> | undefined> {
    const { add, list } = new Values();
    const condition = isWritableItem(row, add);
    const change = changeOf('i', COLUMNS, changes, add);
    // A known version has the tags that the condition has compared.
    const columns = row.version ? selectWithTags(add(row.version.tags)) : ITEM.select;
    const [changed] = await executor.rows(
      `UPDATE items AS i SET ${change.set}, updated_at = ${change.updatedAt}
       FROM stores s WHERE s.id = i.store_id AND ${condition} RETURNING ${columns}`,
      list,
    );
    return changed && new Resource(ITEM, changed);
  }

  /** Deletes the item with its links. Returns undefined when the caller may not delete it, or it does not exist. */
  async delete(executor: Executor, row: Writable<ItemVersion>): Promise<true | undefined> {
    const { add, list } = new Values();
    const [deleted] = await executor.rows(
      `DELETE FROM items i USING stores s
       WHERE s.id = i.store_id AND ${isWritableItem(row, add)} RETURNING i.id`,
      list,
    );
    return deleted && true;
  }
}

/** Linking writes the item, so an item in the same version without tags has none now either. */
function isWritableItem(
  { version, ...row }: Writable<ItemVersion>,
  value: (value: unknown) => string,
): string {
  const isItem = isWritable('i', { ...row, version: version?.row }, value);
  if (version === undefined || version.tags === '[]') return isItem;
  return `${isItem} AND ${LOCKED_TAGS} = ${value(version.tags)}`;
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller } from '../common/access';
import { ListStatement } from '../reads/list/list-statement';
import { type Page } from '../reads/list/page';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { Resource } from '../reads/row-shape';
import { type Lookup } from '../reads/lookup';
import { Database } from '../database/database';
import { Statements } from '../reads/statements';
import { updateIfChanged } from '../database/update-if-changed';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateItemDto } from './dto/create-item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';
import { type ItemDto } from './dto/item.dto';
import { type UpdateItemDto } from './dto/update-item.dto';
import { Item } from './item.entity';
import { filtersOf, narrow } from './item-filters';
import { ITEM, ITEMS, NEW_ITEM } from './item.resource';
import { ITEM_NOT_FOUND, SKU_TAKEN } from './items.problems';

@Injectable()
export class ItemsService {
  private readonly byId: Lookup;

  constructor(
    @InjectRepository(Item) private readonly items: Repository<Item>,
    private readonly stores: StoresService,
    private readonly statements: Statements,
    private readonly database: Database,
  ) {
    this.byId = statements.lookup(`SELECT ${ITEM.select} FROM items i WHERE i.id = ANY ($1::bigint[])`);
  }

  /** @throws Problem `store_not_found`, `forbidden`, `sku_taken` */
  async create({ name, price, sku, storeId }: CreateItemDto, caller: Caller): Promise<Resource<ItemDto>> {
    try {
      // One statement for what nearly always is: the store is there, and the caller's.
      const [row] = await this.database.rows(
        `INSERT INTO items AS i (name, price, sku, store_id)
         SELECT $1::text, $2::numeric, $3::text, s.id FROM stores s WHERE s.id = $4 AND (s.owner_id = $5 OR $6)
         RETURNING ${NEW_ITEM.select}`,
        [name, price, sku ?? null, storeId, caller.userId, caller.role === 'admin'],
      );
      if (row) return new Resource(NEW_ITEM, row);
    } catch (error) {
      throw onConstraint(error, { items_store_id_sku_key: SKU_TAKEN, items_store_id_fkey: STORE_NOT_FOUND });
    }
    await this.stores.getWritableOrThrow(storeId, caller);
    // It came to be, or to be theirs, in between.
    return this.create({ name, price, sku: sku ?? null, storeId }, caller);
  }

  async findPage(query: ItemQueryDto, ofStore?: number): Promise<Page<ItemDto>> {
    const filters = filtersOf(query, ofStore);
    const list = new ListStatement(ITEMS, query, filters);
    narrow(list, filters, query.sort);
    return list.read(this.statements);
  }

  /** @throws Problem `store_not_found` */
  async findPageOfStore(storeId: number, query: ItemQueryDto): Promise<Page<ItemDto>> {
    const page = this.findPage(query, storeId);
    const [found] = await Promise.all([page, this.stores.getOrThrow(storeId)]);
    return found;
  }

  /** @throws Problem `item_not_found` */
  async getOrThrow(id: number): Promise<Resource<ItemDto>> {
    const row = await this.byId.find(id);
    if (!row) throw new Problem(ITEM_NOT_FOUND);
    return new Resource(ITEM, row);
  }

  /** @throws Problem `item_not_found`, `forbidden`, `sku_taken` */
  async update(id: number, changes: UpdateItemDto, caller: Caller): Promise<Resource<ItemDto>> {
    await this.checkWritable(id, caller);
    try {
      await updateIfChanged(this.items, id, changes);
    } catch (error) {
      throw onConstraint(error, { items_store_id_sku_key: SKU_TAKEN });
    }
    return this.getOrThrow(id);
  }

  /** Its links go with it. @throws Problem `item_not_found`, `forbidden` */
  async remove(id: number, caller: Caller): Promise<void> {
    await this.checkWritable(id, caller);
    const { affected } = await this.items.delete({ id });
    if (affected === 0) throw new Problem(ITEM_NOT_FOUND);
  }

  /** @throws Problem `item_not_found`, `forbidden` */
  async checkWritable(id: number, caller: Caller): Promise<void> {
    const item = await this.items.findOneBy({ id });
    if (!item) throw new Problem(ITEM_NOT_FOUND);
    await this.stores.getWritableOrThrow(item.storeId, caller);
  }
}

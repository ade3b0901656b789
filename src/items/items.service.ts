import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller } from '../common/access';
import { type Page, PageRequest } from '../common/paging/page';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { Values } from '../database/statement';
import { updateIfChanged } from '../database/update-if-changed';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateItemDto } from './dto/create-item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';
import { type ItemDto } from './dto/item.dto';
import { type UpdateItemDto } from './dto/update-item.dto';
import { Item } from './item.entity';
import { ITEM_NOT_FOUND, SKU_TAKEN } from './items.problems';

/** An item by the names of its DTO; `tags` is what makes the JSON list of its tags. */
const columns = (tags: string) =>
  `i.id, i.name, i.price, i.sku, i.store_id AS "storeId", ${tags} AS tags, i.created_at AS "createdAt",
   i.updated_at AS "updatedAt"`;

/** Items with their tags in one statement: TypeORM's `find` with relations would miscount or read far too much. */
const SELECT_ITEMS = `SELECT ${columns(`(
    SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY lower(t.name), t.id), '[]')
    FROM item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = i.id
  )`)} FROM items i`;

@Injectable()
export class ItemsService {
  constructor(
    @InjectRepository(Item) private readonly items: Repository<Item>,
    private readonly stores: StoresService,
  ) {}

  /** @throws Problem `store_not_found`, `forbidden`, `sku_taken` */
  async create({ name, price, sku, storeId }: CreateItemDto, caller: Caller): Promise<ItemDto> {
    await this.stores.getWritableOrThrow(storeId, caller);
    try {
      const [item] = await this.items.query<ItemDto[]>(
        `INSERT INTO items AS i (name, price, sku, store_id) VALUES ($1, $2, $3, $4) RETURNING ${columns(`'[]'::json`)}`,
        [name, price, sku ?? null, storeId],
      );
      return item as ItemDto;
    } catch (error) {
      throw onConstraint(error, { items_store_id_sku_key: SKU_TAKEN, items_store_id_fkey: STORE_NOT_FOUND });
    }
  }

  async findPage(query: ItemQueryDto): Promise<Page<ItemDto>> {
    const { storeId, sku } = query;
    const filters = { storeId, sku };
    return this.findRows(new PageRequest<ItemDto>(query, 'items', filters), filters);
  }

  /** @throws Problem `store_not_found` */
  async findPageOfStore(storeId: number, query: ItemQueryDto): Promise<Page<ItemDto>> {
    const filters = { storeId, otherStoreId: query.storeId, sku: query.sku };
    const request = new PageRequest<ItemDto>(query, 'items', filters);
    await this.stores.getOrThrow(storeId);
    return this.findRows(request, filters);
  }

  /** @throws Problem `item_not_found` */
  async getOrThrow(id: number): Promise<ItemDto> {
    const [item] = await this.items.query<ItemDto[]>(`${SELECT_ITEMS} WHERE i.id = $1`, [id]);
    if (!item) throw new Problem(ITEM_NOT_FOUND);
    return item;
  }

  /** @throws Problem `item_not_found`, `forbidden`, `sku_taken` */
  async update(id: number, changes: UpdateItemDto, caller: Caller): Promise<ItemDto> {
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

  private async findRows(request: PageRequest<ItemDto>, filters: ItemFilters): Promise<Page<ItemDto>> {
    const values = new Values();
    const conditions = [request.condition('i.id', values.add)];
    const { storeId, otherStoreId, sku } = filters;
    if (storeId !== undefined) conditions.push(`i.store_id = ${values.add(storeId)}`);
    if (otherStoreId !== undefined) conditions.push(`i.store_id = ${values.add(otherStoreId)}`);
    if (sku !== undefined) conditions.push(`i.sku = ${values.add(sku)}`);
    const rows = await this.items.query<ItemDto[]>(
      `${SELECT_ITEMS} WHERE ${conditions.join(' AND ')} ORDER BY ${request.orderBy('i.id')}
       LIMIT ${values.add(request.limit + 1)}`,
      values.list,
    );
    return request.page(rows);
  }
}

interface ItemFilters {
  storeId?: number | undefined;
  /** a second one, where the path names a store and the query too */
  otherStoreId?: number | undefined;
  sku?: string | undefined;
}

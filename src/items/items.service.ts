import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { writeAs, type Writable, type WriteRequest } from '../common/write-as';
import { retryOnContention } from '../database/errors';
import { type Executor } from '../database/executor';
import { type Narrowing } from '../reads/list/narrowing';
import { type Page } from '../reads/list/page';
import { type Resource } from '../reads/row-shape';
import { Statements } from '../reads/statements';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateItemDto } from './dto/create-item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';
import { type ItemDto } from './dto/item.dto';
import { type UpdateItemDto } from './dto/update-item.dto';
import { type ItemFilters, narrowToStore } from './items.list';
import { ITEM_NOT_FOUND, SKU_TAKEN } from './items.problems';
import { ItemsRepository, type ItemVersion } from './items.repository';

@Injectable()
export class ItemsService {
  constructor(
    private readonly items: ItemsRepository,
    private readonly stores: StoresService,
    private readonly statements: Statements,
  ) {}

  /** @throws Problem `store_not_found`, `forbidden`, `sku_taken` */
  async create(executor: Executor, dto: CreateItemDto, caller: Caller): Promise<Resource<ItemDto>> {
    const insert = () => this.items.insert(executor, dto, caller);
    try {
      return await this.stores.writeTo(executor, { executor, id: dto.storeId, caller }, insert);
    } catch (error) {
      throw onConstraint(error, { items_store_id_sku_key: SKU_TAKEN, items_store_id_fkey: STORE_NOT_FOUND });
    }
  }

  async findPage(query: ItemQueryDto): Promise<Page<ItemDto>> {
    return this.items.findPage(this.statements, query);
  }

  /** @throws Problem `store_not_found` */
  async findPageOfStore(storeId: number, query: ItemQueryDto): Promise<Page<ItemDto>> {
    const page = this.items.findPage(this.statements, query, storeId);
    const [found] = await Promise.all([page, this.stores.getOrThrow(storeId)]);
    return found;
  }

  /** What filters ask for, for statements of other features in which `i` is the item. */
  narrowToStore(storeId: number, filters: ItemFilters): Narrowing {
    return narrowToStore(storeId, filters);
  }

  /** @throws Problem `item_not_found` */
  async getOrThrow(id: number): Promise<Resource<ItemDto>> {
    const item = await this.items.find(this.statements, id);
    if (!item) throw new Problem(ITEM_NOT_FOUND);
    return item;
  }

  /** @throws Problem `item_not_found`, `forbidden`, `precondition_failed`, `sku_taken` */
  async update(request: WriteRequest, changes: UpdateItemDto): Promise<Resource<ItemDto>> {
    try {
      return await this.write(request, (executor, row) => this.items.update(executor, row, changes));
    } catch (error) {
      throw onConstraint(error, { items_store_id_sku_key: SKU_TAKEN });
    }
  }

  /** Deletes the item with its links. @throws Problem `item_not_found`, `forbidden` */
  async remove(request: WriteRequest): Promise<void> {
    await retryOnContention(() => this.write(request, (executor, row) => this.items.delete(executor, row)));
  }

  private async write<T>(
    request: WriteRequest,
    write: (executor: Executor, row: Writable<ItemVersion>) => Promise<T | undefined>,
  ): Promise<T> {
    return writeAs(request, { reader: this.statements, rows: this.items, missing: ITEM_NOT_FOUND }, write);
  }
}

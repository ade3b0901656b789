import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { ItemsService } from '../items/items.service';
import { type Page } from '../reads/list/page';
import { Statements } from '../reads/statements';
import { StoresService } from '../stores/stores.service';
import { ChangesRepository } from './changes.repository';
import { type ChangeDto } from './dto/change.dto';
import { type ChangeQueryDto, type StoreChangeQueryDto } from './dto/change-query.dto';

/** The history, for owners and admins. */
@Injectable()
export class ChangesService {
  constructor(
    private readonly changes: ChangesRepository,
    private readonly stores: StoresService,
    private readonly items: ItemsService,
    private readonly statements: Statements,
  ) {}

  /** @throws Problem `store_not_found`, `forbidden` */
  async findPageOfStore(id: number, query: StoreChangeQueryDto, caller: Caller): Promise<Page<ChangeDto>> {
    await this.stores.checkOwner(id, caller);
    return this.changes.findPage(this.statements, Object.assign({}, query, { ofStore: id }));
  }

  /**
   * The changes of an item and of its links.
   *
   * @throws Problem `item_not_found`, `forbidden`
   */
  async findPageOfItem(id: number, query: ChangeQueryDto, caller: Caller): Promise<Page<ChangeDto>> {
    const item = await this.items.getOrThrow(id);
    await this.stores.checkOwner(Number(item.textOf('storeId')), caller);
    return this.changes.findPage(this.statements, Object.assign({}, query, { ofItem: id }));
  }
}

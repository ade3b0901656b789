import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller, isOwnerOrAdmin } from '../common/access';
import { ListStatement } from '../reads/list/list-statement';
import { type Page } from '../reads/list/page';
import { wordFilters } from '../reads/list/search';
import { onConstraint } from '../common/problems/on-constraint';
import { FORBIDDEN, Problem, UNAUTHENTICATED } from '../common/problems/problem';
import { Resource } from '../reads/row-shape';
import { retryOnContention } from '../database/errors';
import { type Lookup } from '../reads/lookup';
import { type Row } from '../database/executor';
import { Database } from '../database/database';
import { Statements } from '../reads/statements';
import { updateIfChanged } from '../database/update-if-changed';
import { withoutDeadline } from '../database/without-deadline';
import { USER_NOT_FOUND } from '../users/users.problems';
import { type CreateStoreDto } from './dto/create-store.dto';
import { type StoreQueryDto } from './dto/store-query.dto';
import { type StoreDto } from './dto/store.dto';
import { type UpdateStoreDto } from './dto/update-store.dto';
import { Store } from './store.entity';
import { STORE, STORES } from './store.resource';
import { STORE_NAME_TAKEN, STORE_NOT_FOUND } from './stores.problems';

@Injectable()
export class StoresService {
  private readonly byId: Lookup;

  constructor(
    @InjectRepository(Store) private readonly stores: Repository<Store>,
    private readonly statements: Statements,
    private readonly database: Database,
  ) {
    this.byId = statements.lookup(`SELECT ${STORE.select} FROM stores s WHERE s.id = ANY ($1::bigint[])`);
  }

  /** @throws Problem `store_name_taken` */
  async create({ name }: CreateStoreDto, caller: Caller): Promise<Resource<StoreDto>> {
    try {
      const [row] = await this.database.rows(
        `INSERT INTO stores AS s (name, owner_id) VALUES ($1, $2) RETURNING ${STORE.select}`,
        [name, caller.userId],
      );
      return new Resource(STORE, row as Row);
    } catch (error) {
      // The caller may have been deleted a moment ago.
      throw onConstraint(error, {
        stores_owner_id_name_key: STORE_NAME_TAKEN,
        stores_owner_id_fkey: UNAUTHENTICATED,
      });
    }
  }

  async findPage(query: StoreQueryDto): Promise<Page<StoreDto>> {
    const { ownerId, q } = query;
    const list = new ListStatement(STORES, query, { ownerId, q });
    if (ownerId !== undefined) list.within('s.owner_id', list.value(ownerId));
    if (q !== undefined) list.filter(...wordFilters(q, 'lower(s.name)', { hasShort: false }, list.value));
    return list.read(this.statements);
  }

  /** @throws Problem `store_not_found` */
  async getOrThrow(id: number): Promise<Resource<StoreDto>> {
    const row = await this.byId.find(id);
    if (!row) throw new Problem(STORE_NOT_FOUND);
    return new Resource(STORE, row);
  }

  /** The store, if the caller may change it. @throws Problem `store_not_found`, `forbidden` */
  async getWritableOrThrow(id: number, caller: Caller): Promise<Store> {
    const store = await this.stores.findOneBy({ id });
    if (!store) throw new Problem(STORE_NOT_FOUND);
    if (!isOwnerOrAdmin(caller, store.ownerId)) throw new Problem(FORBIDDEN);
    return store;
  }

  /** @throws Problem `store_not_found`, `user_not_found`, `forbidden`, `store_name_taken` */
  async update(id: number, changes: UpdateStoreDto, caller: Caller): Promise<Resource<StoreDto>> {
    await this.getWritableOrThrow(id, caller);
    if (changes.ownerId !== undefined && caller.role !== 'admin') {
      throw new Problem(FORBIDDEN, { detail: 'Only an admin may give a store to another user.' });
    }
    try {
      await updateIfChanged(this.stores, id, changes);
    } catch (error) {
      throw onConstraint(error, {
        stores_owner_id_name_key: STORE_NAME_TAKEN,
        stores_owner_id_fkey: USER_NOT_FOUND,
      });
    }
    return this.getOrThrow(id);
  }

  /** Its items, tags and links go with it, however long that takes. @throws Problem `store_not_found`, `forbidden` */
  async remove(id: number, caller: Caller): Promise<void> {
    await this.getWritableOrThrow(id, caller);
    const deleted = await retryOnContention(() =>
      withoutDeadline(this.stores.manager, (manager) => manager.delete(Store, { id })),
    );
    if (deleted.affected === 0) throw new Problem(STORE_NOT_FOUND);
  }
}

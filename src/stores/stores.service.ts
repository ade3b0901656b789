import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller, isOwnerOrAdmin } from '../common/access';
import { type Page, PageRequest } from '../common/paging/page';
import { onConstraint } from '../common/problems/on-constraint';
import { FORBIDDEN, Problem, UNAUTHENTICATED } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { Values } from '../database/statement';
import { updateIfChanged } from '../database/update-if-changed';
import { withoutDeadline } from '../database/without-deadline';
import { USER_NOT_FOUND } from '../users/users.problems';
import { type CreateStoreDto } from './dto/create-store.dto';
import { type StoreQueryDto } from './dto/store-query.dto';
import { type UpdateStoreDto } from './dto/update-store.dto';
import { Store } from './store.entity';
import { STORE_NAME_TAKEN, STORE_NOT_FOUND } from './stores.problems';

@Injectable()
export class StoresService {
  constructor(@InjectRepository(Store) private readonly stores: Repository<Store>) {}

  /** @throws Problem `store_name_taken` */
  async create({ name }: CreateStoreDto, caller: Caller): Promise<Store> {
    const store = this.stores.create({ name, ownerId: caller.userId });
    try {
      await this.stores.insert(store);
    } catch (error) {
      // The caller may have been deleted a moment ago.
      throw onConstraint(error, {
        stores_owner_id_name_key: STORE_NAME_TAKEN,
        stores_owner_id_fkey: UNAUTHENTICATED,
      });
    }
    return store;
  }

  async findPage(query: StoreQueryDto): Promise<Page<Store>> {
    const { ownerId } = query;
    const request = new PageRequest<Store>(query, 'stores', { ownerId });
    const values = new Values();
    const conditions = [request.condition('id', values.add)];
    if (ownerId !== undefined) conditions.push(`owner_id = ${values.add(ownerId)}`);
    const rows = await this.stores.query<Store[]>(
      `SELECT id, name, owner_id AS "ownerId", created_at AS "createdAt", updated_at AS "updatedAt" FROM stores
       WHERE ${conditions.join(' AND ')} ORDER BY ${request.orderBy('id')} LIMIT ${values.add(request.limit + 1)}`,
      values.list,
    );
    return request.page(rows);
  }

  /** @throws Problem `store_not_found` */
  async getOrThrow(id: number): Promise<Store> {
    const store = await this.stores.findOneBy({ id });
    if (!store) throw new Problem(STORE_NOT_FOUND);
    return store;
  }

  /** The store, if the caller may change it. @throws Problem `store_not_found`, `forbidden` */
  async getWritableOrThrow(id: number, caller: Caller): Promise<Store> {
    const store = await this.getOrThrow(id);
    if (!isOwnerOrAdmin(caller, store.ownerId)) throw new Problem(FORBIDDEN);
    return store;
  }

  /** @throws Problem `store_not_found`, `user_not_found`, `forbidden`, `store_name_taken` */
  async update(id: number, changes: UpdateStoreDto, caller: Caller): Promise<Store> {
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

import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { FORBIDDEN, Problem } from '../common/problems/problem';
import { unauthenticated } from '../common/problems/unauthenticated';
import { writeAs } from '../common/write-as';
import { Database } from '../database/database';
import { type Page } from '../reads/list/page';
import { type Resource } from '../reads/row-shape';
import { Statements } from '../reads/statements';
import { USER_NOT_FOUND } from '../users/users.problems';
import { type CreateStoreDto } from './dto/create-store.dto';
import { type StoreQueryDto } from './dto/store-query.dto';
import { type StoreDto } from './dto/store.dto';
import { type UpdateStoreDto } from './dto/update-store.dto';
import { STORE_NAME_TAKEN, STORE_NOT_FOUND } from './stores.problems';
import { StoresRepository } from './stores.repository';

@Injectable()
export class StoresService {
  constructor(
    private readonly stores: StoresRepository,
    private readonly database: Database,
    private readonly statements: Statements,
  ) {}

  /** @throws Problem `store_name_taken` */
  async create(dto: CreateStoreDto, { userId }: Caller): Promise<Resource<StoreDto>> {
    try {
      return await this.stores.insert(this.database, dto, userId);
    } catch (error) {
      // The caller's account may have been deleted since the access check.
      throw onConstraint(error, {
        stores_owner_id_name_key: STORE_NAME_TAKEN,
        stores_owner_id_fkey: unauthenticated('access', 'session_ended'),
      });
    }
  }

  async findPage(query: StoreQueryDto): Promise<Page<StoreDto>> {
    return this.stores.findPage(this.statements, query);
  }

  /** @throws Problem `store_not_found` */
  async getOrThrow(id: number): Promise<Resource<StoreDto>> {
    const store = await this.stores.find(this.statements, id);
    if (!store) throw new Problem(STORE_NOT_FOUND);
    return store;
  }

  /** @throws Problem `store_not_found`, `user_not_found`, `forbidden`, `store_name_taken` */
  async update(id: number, changes: UpdateStoreDto, caller: Caller): Promise<Resource<StoreDto>> {
    if (changes.ownerId !== undefined && caller.role !== 'admin') {
      await this.getOrThrow(id);
      throw new Problem(FORBIDDEN, { detail: 'Only an admin may give a store to another user.' });
    }
    try {
      return await this.writeTo(id, caller, () => this.stores.update(this.database, id, changes, caller));
    } catch (error) {
      throw onConstraint(error, {
        stores_owner_id_name_key: STORE_NAME_TAKEN,
        stores_owner_id_fkey: USER_NOT_FOUND,
      });
    }
  }

  /**
   * Deletes the store with its items, tags and links, without a time limit. @throws Problem `store_not_found`,
   * `forbidden`
   */
  async remove(id: number, caller: Caller): Promise<void> {
    await this.writeTo(id, caller, () =>
      this.database.longTransaction((executor) => this.stores.delete(executor, id, caller)),
    );
  }

  /**
   * Runs a write to a store, or to something in it. The statement must change only rows that the caller may change.
   *
   * @param write resolves to undefined when it changed no row
   * @throws Problem `store_not_found`, `forbidden`
   */
  async writeTo<T>(id: number, caller: Caller, write: () => Promise<T | undefined>): Promise<T> {
    return writeAs(caller, write, () => this.stores.findOwner(this.database, id), STORE_NOT_FOUND);
  }
}

import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { FORBIDDEN, Problem } from '../common/problems/problem';
import { unauthenticated } from '../common/problems/unauthenticated';
import { checkOwner, writeAs, type Writable, type WriteRequest } from '../common/write-as';
import { Database } from '../database/database';
import { type Executor, type Reader } from '../database/executor';
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
  async create(executor: Executor, dto: CreateStoreDto, { userId }: Caller): Promise<Resource<StoreDto>> {
    try {
      return await this.stores.insert(executor, dto, userId);
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

  /** @throws Problem `store_not_found`, `forbidden` if the caller is neither its owner nor an admin */
  async checkOwner(id: number, caller: Caller): Promise<void> {
    const store = await this.getOrThrow(id);
    checkOwner(caller, Number(store.textOf('ownerId')));
  }

  /** @throws Problem `store_not_found`, `user_not_found`, `forbidden`, `precondition_failed`, `store_name_taken` */
  async update(request: WriteRequest, changes: UpdateStoreDto): Promise<Resource<StoreDto>> {
    if (changes.ownerId !== undefined && request.caller.role !== 'admin') {
      await this.getOrThrow(request.id);
      throw new Problem(FORBIDDEN, { detail: 'Only an admin may give a store to another user.' });
    }
    try {
      return await this.writeTo(this.statements, request, (executor, row) =>
        this.stores.update(executor, row, changes),
      );
    } catch (error) {
      throw onConstraint(error, {
        stores_owner_id_name_key: STORE_NAME_TAKEN,
        stores_owner_id_fkey: USER_NOT_FOUND,
      });
    }
  }

  /**
   * Deletes the store with its items, tags and links, without a time limit. @throws Problem `store_not_found`,
   * `forbidden`, `precondition_failed`
   */
  async remove(request: WriteRequest): Promise<void> {
    await this.database.longTransaction((transaction) =>
      this.writeTo(transaction, { ...request, executor: transaction }, (executor, row) =>
        this.stores.delete(executor, row),
      ),
    );
  }

  /**
   * Runs a write to a store, or to something in it. The statement must change only rows that the caller may change.
   *
   * @param reader for a write in a transaction, its executor
   * @param write resolves to undefined when it changed no row
   * @throws Problem `store_not_found`, `forbidden`, `precondition_failed`
   */
  async writeTo<T>(
    reader: Reader,
    request: WriteRequest,
    write: (executor: Executor, row: Writable) => Promise<T | undefined>,
  ): Promise<T> {
    return writeAs(request, { reader, rows: this.stores, missing: STORE_NOT_FOUND }, write);
  }
}

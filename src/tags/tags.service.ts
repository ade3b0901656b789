import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { writeAs, type Writable, type WriteRequest } from '../common/write-as';
import { Database } from '../database/database';
import { retryOnContention, violatedConstraint } from '../database/errors';
import { type Executor } from '../database/executor';
import { type Page } from '../reads/list/page';
import { type Resource } from '../reads/row-shape';
import { Statements } from '../reads/statements';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateTagDto } from './dto/create-tag.dto';
import { type TagQueryDto } from './dto/tag-query.dto';
import { type TagDto } from './dto/tag.dto';
import { type UpdateTagDto } from './dto/update-tag.dto';
import { TAG_IN_USE, TAG_NAME_TAKEN, TAG_NOT_FOUND } from './tags.problems';
import { TagsRepository } from './tags.repository';

@Injectable()
export class TagsService {
  constructor(
    private readonly tags: TagsRepository,
    private readonly stores: StoresService,
    private readonly database: Database,
    private readonly statements: Statements,
  ) {}

  /** @throws Problem `store_not_found`, `forbidden`, `tag_name_taken` */
  async create(
    executor: Executor,
    storeId: number,
    dto: CreateTagDto,
    caller: Caller,
  ): Promise<Resource<TagDto>> {
    const insert = () => this.tags.insert(executor, storeId, dto, caller);
    try {
      return await this.stores.writeTo(executor, { executor, id: storeId, caller }, insert);
    } catch (error) {
      throw onConstraint(error, {
        tags_store_id_name_key: TAG_NAME_TAKEN,
        tags_store_id_fkey: STORE_NOT_FOUND,
      });
    }
  }

  /** @throws Problem `store_not_found` */
  async findPage(storeId: number, query: TagQueryDto): Promise<Page<TagDto>> {
    const page = this.tags.findPage(this.statements, storeId, query);
    const [found] = await Promise.all([page, this.stores.getOrThrow(storeId)]);
    return found;
  }

  /** @throws Problem `tag_not_found` */
  async getOrThrow(id: number): Promise<Resource<TagDto>> {
    const tag = await this.tags.find(this.statements, id);
    if (!tag) throw new Problem(TAG_NOT_FOUND);
    return tag;
  }

  /** @throws Problem `tag_not_found`, `forbidden`, `precondition_failed`, `tag_name_taken` */
  async update(request: WriteRequest, changes: UpdateTagDto): Promise<Resource<TagDto>> {
    try {
      return await this.write(request, (executor, row) => this.tags.update(executor, row, changes));
    } catch (error) {
      throw onConstraint(error, { tags_store_id_name_key: TAG_NAME_TAKEN });
    }
  }

  /** @throws Problem `tag_not_found`, `forbidden`, `precondition_failed`, `tag_in_use` */
  async remove(request: WriteRequest): Promise<void> {
    try {
      await retryOnContention(() => this.write(request, (executor, row) => this.tags.delete(executor, row)));
    } catch (error) {
      throw violatedConstraint(error) === 'item_tags_tag_fkey' ? await this.tagInUse(request.id) : error;
    }
  }

  private async tagInUse(id: number): Promise<Problem> {
    const count = await this.tags.countItems(this.database, id);
    const items = count === 1 ? '1 item carries' : `${count} items carry`;
    const detail = `${items} this tag; unlink it from them first: DELETE /items/{item_id}/tags/${id}.`;
    return new Problem(TAG_IN_USE, { detail });
  }

  private async write<T>(
    request: WriteRequest,
    write: (executor: Executor, row: Writable) => Promise<T | undefined>,
  ): Promise<T> {
    return writeAs(request, { reader: this.statements, rows: this.tags, missing: TAG_NOT_FOUND }, write);
  }
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller } from '../common/access';
import { type Page, PageRequest } from '../common/paging/page';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { Values } from '../database/statement';
import { updateIfChanged } from '../database/update-if-changed';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateTagDto } from './dto/create-tag.dto';
import { type TagQueryDto } from './dto/tag-query.dto';
import { type UpdateTagDto } from './dto/update-tag.dto';
import { Tag } from './tag.entity';
import { TAG_IN_USE, TAG_NAME_TAKEN, TAG_NOT_FOUND } from './tags.problems';

@Injectable()
export class TagsService {
  constructor(
    @InjectRepository(Tag) private readonly tags: Repository<Tag>,
    private readonly stores: StoresService,
  ) {}

  /** @throws Problem `store_not_found`, `forbidden`, `tag_name_taken` */
  async create(storeId: number, { name }: CreateTagDto, caller: Caller): Promise<Tag> {
    await this.stores.getWritableOrThrow(storeId, caller);
    const tag = this.tags.create({ name, storeId });
    try {
      await this.tags.insert(tag);
    } catch (error) {
      throw onConstraint(error, {
        tags_store_id_name_key: TAG_NAME_TAKEN,
        tags_store_id_fkey: STORE_NOT_FOUND,
      });
    }
    return tag;
  }

  /** @throws Problem `store_not_found` */
  async findPage(storeId: number, query: TagQueryDto): Promise<Page<Tag>> {
    const request = new PageRequest<Tag>(query, 'tags', { storeId });
    await this.stores.getOrThrow(storeId);
    const values = new Values();
    const rows = await this.tags.query<Tag[]>(
      `SELECT id, name, store_id AS "storeId", created_at AS "createdAt", updated_at AS "updatedAt" FROM tags
       WHERE store_id = ${values.add(storeId)} AND ${request.condition('id', values.add)}
       ORDER BY ${request.orderBy('id')} LIMIT ${values.add(request.limit + 1)}`,
      values.list,
    );
    return request.page(rows);
  }

  /** @throws Problem `tag_not_found` */
  async getOrThrow(id: number): Promise<Tag> {
    const tag = await this.tags.findOneBy({ id });
    if (!tag) throw new Problem(TAG_NOT_FOUND);
    return tag;
  }

  /** @throws Problem `tag_not_found`, `forbidden`, `tag_name_taken` */
  async update(id: number, { name }: UpdateTagDto, caller: Caller): Promise<Tag> {
    await this.checkWritable(id, caller);
    try {
      await updateIfChanged(this.tags, id, { name });
    } catch (error) {
      throw onConstraint(error, { tags_store_id_name_key: TAG_NAME_TAKEN });
    }
    return this.getOrThrow(id);
  }

  /** @throws Problem `tag_not_found`, `forbidden`, `tag_in_use` */
  async remove(id: number, caller: Caller): Promise<void> {
    await this.checkWritable(id, caller);
    try {
      const { affected } = await retryOnContention(() => this.tags.delete({ id }));
      if (affected === 0) throw new Problem(TAG_NOT_FOUND);
    } catch (error) {
      throw onConstraint(error, { item_tags_tag_fkey: TAG_IN_USE });
    }
  }

  private async checkWritable(id: number, caller: Caller): Promise<void> {
    const { storeId } = await this.getOrThrow(id);
    await this.stores.getWritableOrThrow(storeId, caller);
  }
}

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller } from '../common/access';
import { ListStatement } from '../reads/list/list-statement';
import { type Page } from '../reads/list/page';
import { wordFilters } from '../reads/list/search';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { Resource } from '../reads/row-shape';
import { retryOnContention } from '../database/errors';
import { type Lookup } from '../reads/lookup';
import { type Row } from '../database/executor';
import { Database } from '../database/database';
import { Statements } from '../reads/statements';
import { updateIfChanged } from '../database/update-if-changed';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateTagDto } from './dto/create-tag.dto';
import { type TagQueryDto } from './dto/tag-query.dto';
import { type TagDto } from './dto/tag.dto';
import { type UpdateTagDto } from './dto/update-tag.dto';
import { Tag } from './tag.entity';
import { TAG, TAGS } from './tag.resource';
import { TAG_IN_USE, TAG_NAME_TAKEN, TAG_NOT_FOUND } from './tags.problems';

@Injectable()
export class TagsService {
  private readonly byId: Lookup;

  constructor(
    @InjectRepository(Tag) private readonly tags: Repository<Tag>,
    private readonly stores: StoresService,
    private readonly statements: Statements,
    private readonly database: Database,
  ) {
    this.byId = statements.lookup(`SELECT ${TAG.select} FROM tags t WHERE t.id = ANY ($1::bigint[])`);
  }

  /** @throws Problem `store_not_found`, `forbidden`, `tag_name_taken` */
  async create(storeId: number, { name }: CreateTagDto, caller: Caller): Promise<Resource<TagDto>> {
    await this.stores.getWritableOrThrow(storeId, caller);
    try {
      const [row] = await this.database.rows(
        `INSERT INTO tags AS t (name, store_id) VALUES ($1, $2) RETURNING ${TAG.select}`,
        [name, storeId],
      );
      return new Resource(TAG, row as Row);
    } catch (error) {
      throw onConstraint(error, {
        tags_store_id_name_key: TAG_NAME_TAKEN,
        tags_store_id_fkey: STORE_NOT_FOUND,
      });
    }
  }

  /** @throws Problem `store_not_found` */
  async findPage(storeId: number, query: TagQueryDto): Promise<Page<TagDto>> {
    const { q } = query;
    const list = new ListStatement(TAGS, query, { storeId, q });
    await this.stores.getOrThrow(storeId);
    list.within('t.store_id', list.value(storeId));
    if (q !== undefined) list.filter(...wordFilters(q, 'lower(t.name)', { hasShort: false }, list.value));
    return list.read(this.statements);
  }

  /** @throws Problem `tag_not_found` */
  async getOrThrow(id: number): Promise<Resource<TagDto>> {
    const row = await this.byId.find(id);
    if (!row) throw new Problem(TAG_NOT_FOUND);
    return new Resource(TAG, row);
  }

  /** @throws Problem `tag_not_found`, `forbidden`, `tag_name_taken` */
  async update(id: number, { name }: UpdateTagDto, caller: Caller): Promise<Resource<TagDto>> {
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
    const tag = await this.tags.findOneBy({ id });
    if (!tag) throw new Problem(TAG_NOT_FOUND);
    await this.stores.getWritableOrThrow(tag.storeId, caller);
  }
}

import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { ApiResource } from '../common/api-resource.decorator';
import { Conditional, CurrentPrecondition } from '../common/conditional';
import { type Precondition } from '../common/http/precondition';
import { ApiPage } from '../common/paging/api-page.decorator';
import { type Executor } from '../database/executor';
import { CurrentExecutor } from '../common/current-executor';
import { Idempotent } from '../idempotency/idempotency.decorator';
import { type Page } from '../reads/list/page';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { FORBIDDEN } from '../common/problems/problem';
import { type Resource } from '../reads/row-shape';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { CreateTagDto } from './dto/create-tag.dto';
import { TagQueryDto } from './dto/tag-query.dto';
import { TagDto } from './dto/tag.dto';
import { UpdateTagDto } from './dto/update-tag.dto';
import { TAG_IN_USE, TAG_NAME_TAKEN, TAG_NOT_FOUND } from './tags.problems';
import { TagsService } from './tags.service';

@ApiFeature('tags', 'Labels of a store, linked to its items')
@Controller()
export class TagsController {
  constructor(private readonly tags: TagsService) {}

  /** List the tags of a store */
  @Get('stores/:id/tags')
  @Access('public')
  @ApiPage(TagDto)
  @ApiProblems(STORE_NOT_FOUND)
  async list(@Param('id') storeId: number, @Query() query: TagQueryDto): Promise<Page<TagDto>> {
    return this.tags.findPage(storeId, query);
  }

  /** Create a tag in a store */
  @Post('stores/:id/tags')
  @Access('user')
  @Idempotent()
  @ApiProblems(FORBIDDEN, STORE_NOT_FOUND, TAG_NAME_TAKEN)
  @ApiResource(TagDto, 'make')
  async create(
    @Param('id') storeId: number,
    @Body() dto: CreateTagDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource<TagDto>> {
    const tag = await this.tags.create(executor, storeId, dto, caller);
    void reply.header('location', `/tags/${tag.textOf('id')}`);
    return tag;
  }

  /** Get a tag */
  @Get('tags/:id')
  @Access('public')
  @ApiProblems(TAG_NOT_FOUND)
  @ApiResource(TagDto, 'read')
  async get(@Param('id') id: number): Promise<Resource<TagDto>> {
    return this.tags.getOrThrow(id);
  }

  /**
   * Rename a tag
   * @remarks The new name shows on every item that carries the tag.
   */
  @Patch('tags/:id')
  @Access('user')
  @Conditional()
  @ApiProblems(FORBIDDEN, TAG_NOT_FOUND, TAG_NAME_TAKEN)
  @ApiResource(TagDto, 'change')
  async update(
    @Param('id') id: number,
    @Body() dto: UpdateTagDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<Resource<TagDto>> {
    return this.tags.update({ executor, id, caller, precondition }, dto);
  }

  /**
   * Delete a tag
   * @remarks Only a tag that no item carries can be deleted.
   */
  @Delete('tags/:id')
  @HttpCode(204)
  @Access('user')
  @Conditional()
  @ApiProblems(FORBIDDEN, TAG_NOT_FOUND, TAG_IN_USE)
  async delete(
    @Param('id') id: number,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<void> {
    await this.tags.remove({ executor, id, caller, precondition });
  }
}

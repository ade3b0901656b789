import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
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
import { TAG_NOT_FOUND } from '../tags/tags.problems';
import { CreateItemDto } from './dto/create-item.dto';
import { ItemQueryDto } from './dto/item-query.dto';
import { ItemDto } from './dto/item.dto';
import { LinkTagsDto } from './dto/link-tags.dto';
import { UpdateItemDto } from './dto/update-item.dto';
import { ItemTagsService } from './item-tags.service';
import { ITEM_NOT_FOUND, SKU_TAKEN, TAG_OF_ANOTHER_STORE, TOO_MANY_TAGS } from './items.problems';
import { ItemsService } from './items.service';

@ApiFeature('items', 'What stores sell')
@Controller()
export class ItemsController {
  constructor(
    private readonly items: ItemsService,
    private readonly links: ItemTagsService,
  ) {}

  /** List items */
  @Get('items')
  @Access('public')
  @ApiPage(ItemDto)
  async list(@Query() query: ItemQueryDto): Promise<Page<ItemDto>> {
    return this.items.findPage(query);
  }

  /** List the items of a store */
  @Get('stores/:id/items')
  @Access('public')
  @ApiPage(ItemDto)
  @ApiProblems(STORE_NOT_FOUND)
  async listOfStore(@Param('id') storeId: number, @Query() query: ItemQueryDto): Promise<Page<ItemDto>> {
    return this.items.findPageOfStore(storeId, query);
  }

  /** Create an item */
  @Post('items')
  @Access('user')
  @Idempotent()
  @ApiProblems(FORBIDDEN, STORE_NOT_FOUND, SKU_TAKEN)
  @ApiResource(ItemDto, 'make')
  async create(
    @Body() dto: CreateItemDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource<ItemDto>> {
    const item = await this.items.create(executor, dto, caller);
    void reply.header('location', `/items/${item.textOf('id')}`);
    return item;
  }

  /** Get an item */
  @Get('items/:id')
  @Access('public')
  @ApiProblems(ITEM_NOT_FOUND)
  @ApiResource(ItemDto, 'read')
  async get(@Param('id') id: number): Promise<Resource<ItemDto>> {
    return this.items.getOrThrow(id);
  }

  /**
   * Update an item, like PATCH
   * @remarks Members left out stay as they are.
   */
  @Put('items/:id')
  @Access('user')
  @Conditional()
  @ApiProblems(FORBIDDEN, ITEM_NOT_FOUND, SKU_TAKEN)
  @ApiResource(ItemDto, 'change')
  async replace(
    @Param('id') id: number,
    @Body() dto: UpdateItemDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<Resource<ItemDto>> {
    return this.items.update({ executor, id, caller, precondition }, dto);
  }

  /**
   * Update an item
   * @remarks Members left out stay as they are.
   */
  @Patch('items/:id')
  @Access('user')
  @Conditional()
  @ApiProblems(FORBIDDEN, ITEM_NOT_FOUND, SKU_TAKEN)
  @ApiResource(ItemDto, 'change')
  async update(
    @Param('id') id: number,
    @Body() dto: UpdateItemDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<Resource<ItemDto>> {
    return this.items.update({ executor, id, caller, precondition }, dto);
  }

  /** Delete an item */
  @Delete('items/:id')
  @HttpCode(204)
  @Access('user')
  @Conditional()
  @ApiProblems(FORBIDDEN, ITEM_NOT_FOUND)
  async delete(
    @Param('id') id: number,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<void> {
    await this.items.remove({ executor, id, caller, precondition });
  }

  /**
   * Link tags to an item
   * @remarks Links all of them or, on any error, none. Tags that are linked already stay linked.
   */
  @Post('items/:id/tags')
  @HttpCode(200)
  @Access('user')
  @Idempotent()
  @Conditional('optional')
  @ApiProblems(TAG_OF_ANOTHER_STORE, FORBIDDEN, ITEM_NOT_FOUND, TAG_NOT_FOUND, TOO_MANY_TAGS)
  @ApiResource(ItemDto, 'change')
  async linkTags(
    @Param('id') id: number,
    @Body() dto: LinkTagsDto,
    @CurrentCaller() caller: Caller,
    @CurrentPrecondition() precondition: Precondition,
    @CurrentExecutor() executor: Executor,
  ): Promise<Resource<ItemDto>> {
    return this.links.linkTags({ executor, id, caller, precondition }, dto);
  }

  /** Unlink a tag from an item */
  @Delete('items/:item_id/tags/:tag_id')
  @HttpCode(204)
  @Access('user')
  @Conditional('optional')
  @ApiProblems(FORBIDDEN, ITEM_NOT_FOUND, TAG_NOT_FOUND)
  async unlinkTag(
    @Param('item_id') itemId: number,
    @Param('tag_id') tagId: number,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<void> {
    await this.links.unlinkTag({ executor, id: itemId, caller, precondition }, tagId);
  }
}

import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { type RouteSettings } from '../common/http/route-settings';
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
import { USER_NOT_FOUND } from '../users/users.problems';
import { CreateStoreDto } from './dto/create-store.dto';
import { StoreQueryDto } from './dto/store-query.dto';
import { StoreDto } from './dto/store.dto';
import { UpdateStoreDto } from './dto/update-store.dto';
import { STORE_NAME_TAKEN, STORE_NOT_FOUND } from './stores.problems';
import { StoresService } from './stores.service';

@ApiFeature('stores', 'A store belongs to the user who created it')
@Controller('stores')
export class StoresController {
  constructor(private readonly stores: StoresService) {}

  /** List stores */
  @Get()
  @Access('public')
  @ApiPage(StoreDto)
  async list(@Query() query: StoreQueryDto): Promise<Page<StoreDto>> {
    return this.stores.findPage(query);
  }

  /**
   * Create a store
   * @remarks The store belongs to you.
   */
  @Post()
  @Access('user')
  @Idempotent()
  @ApiProblems(STORE_NAME_TAKEN)
  @ApiResource(StoreDto, 'make')
  async create(
    @Body() dto: CreateStoreDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource<StoreDto>> {
    const store = await this.stores.create(executor, dto, caller);
    void reply.header('location', `/stores/${store.textOf('id')}`);
    return store;
  }

  /** Get a store */
  @Get(':id')
  @Access('public')
  @ApiProblems(STORE_NOT_FOUND)
  @ApiResource(StoreDto, 'read')
  async get(@Param('id') id: number): Promise<Resource<StoreDto>> {
    return this.stores.getOrThrow(id);
  }

  /**
   * Update a store
   * @remarks An admin can also give it to another user.
   */
  @Patch(':id')
  @Access('user')
  @Conditional()
  @ApiProblems(FORBIDDEN, STORE_NOT_FOUND, USER_NOT_FOUND, STORE_NAME_TAKEN)
  @ApiResource(StoreDto, 'change')
  async update(
    @Param('id') id: number,
    @Body() dto: UpdateStoreDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<Resource<StoreDto>> {
    return this.stores.update({ executor, id, caller, precondition }, dto);
  }

  /** Delete a store with its items and tags */
  @Delete(':id')
  @HttpCode(204)
  @Access('user')
  @Conditional()
  @RouteConfig({ unlimited: true } satisfies RouteSettings)
  @ApiProblems(FORBIDDEN, STORE_NOT_FOUND)
  async delete(
    @Param('id') id: number,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @CurrentPrecondition() precondition: Precondition,
  ): Promise<void> {
    await this.stores.remove({ executor, id, caller, precondition });
  }
}

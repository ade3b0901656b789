import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { Access, type Caller, CurrentCaller } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { CurrentExecutor } from '../common/current-executor';
import { ApiPage } from '../common/paging/api-page.decorator';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { FORBIDDEN } from '../common/problems/problem';
import { type Executor } from '../database/executor';
import { Idempotent } from '../idempotency/idempotency.decorator';
import { ITEM_NOT_FOUND, SKU_TAKEN, TOO_MANY_TAGS } from '../items/items.problems';
import { type Page } from '../reads/list/page';
import { type Resource } from '../reads/row-shape';
import { STORE_NAME_TAKEN, STORE_NOT_FOUND } from '../stores/stores.problems';
import { TAG_IN_USE, TAG_NAME_TAKEN } from '../tags/tags.problems';
import { ChangesService } from './changes.service';
import { ChangeDto } from './dto/change.dto';
import { ChangeQueryDto, StoreChangeQueryDto } from './dto/change-query.dto';
import { CHANGE_NOT_FOUND, CHANGED_SINCE, UNDO_NOT_POSSIBLE } from './history.problems';
import { UndoService } from './undo.service';

@ApiFeature('history', 'What has changed, by whom, and how to take it back')
@Controller()
export class ChangesController {
  constructor(
    private readonly changes: ChangesService,
    private readonly undos: UndoService,
  ) {}

  /**
   * List the changes of a store
   * @remarks Also those of its items, tags and links, and of items and tags that are deleted. Only for its owner and admins.
   */
  @Get('stores/:id/changes')
  @Access('user')
  @ApiPage(ChangeDto)
  @ApiProblems(FORBIDDEN, STORE_NOT_FOUND)
  async listOfStore(
    @Param('id') storeId: number,
    @Query() query: StoreChangeQueryDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Page<ChangeDto>> {
    return this.changes.findPageOfStore(storeId, query, caller);
  }

  /**
   * List the changes of an item
   * @remarks Also those of its links. The changes of a deleted item are among those of its store.
   */
  @Get('items/:id/changes')
  @Access('user')
  @ApiPage(ChangeDto)
  @ApiProblems(FORBIDDEN, ITEM_NOT_FOUND)
  async listOfItem(
    @Param('id') itemId: number,
    @Query() query: ChangeQueryDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Page<ChangeDto>> {
    return this.changes.findPageOfItem(itemId, query, caller);
  }

  /**
   * Undo a change
   * @remarks Nothing else that happened since is lost: if what the change touched has changed again, it is refused. A
   * deleted item or tag returns with its id and its links. Returns the change that this makes, which can be undone too.
   */
  @Post('changes/:id/undo')
  @HttpCode(200)
  @Access('user')
  @Idempotent()
  @ApiOkResponse({ type: ChangeDto })
  @ApiProblems(
    FORBIDDEN,
    CHANGE_NOT_FOUND,
    CHANGED_SINCE,
    UNDO_NOT_POSSIBLE,
    SKU_TAKEN,
    STORE_NAME_TAKEN,
    TAG_NAME_TAKEN,
    TAG_IN_USE,
    TOO_MANY_TAGS,
  )
  async undo(
    @Param('id') id: number,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
  ): Promise<Resource<ChangeDto>> {
    return this.undos.undo(executor, id, caller);
  }
}

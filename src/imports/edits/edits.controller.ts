import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../../common/access';
import { ApiFeature } from '../../common/api-feature.decorator';
import { CurrentExecutor } from '../../common/current-executor';
import { ApiProblems } from '../../common/problems/api-problems.decorator';
import { FORBIDDEN } from '../../common/problems/problem';
import { type Executor } from '../../database/executor';
import { Idempotent } from '../../idempotency/idempotency.decorator';
import { type Resource } from '../../reads/row-shape';
import { STORE_NOT_FOUND } from '../../stores/stores.problems';
import { ApiImport } from '../api-import.decorator';
import { type ImportDto } from '../dto/import.dto';
import { CreateEditDto } from './dto/create-edit.dto';
import { EditsService } from './edits.service';

@ApiFeature('edits', 'Changes of many items at once, with preview and undo')
@Controller()
export class EditsController {
  constructor(private readonly edits: EditsService) {}

  /**
   * Edit many items
   * @remarks Changes the price or the tags of all items of the store that pass the filter, or deletes them. It is an import
   * without a file, at the same addresses: it runs by itself after the answer, in one transaction, and can be
   * previewed, applied, cancelled and undone. Prices are computed exactly, and rounded half up.
   */
  @Post('stores/:id/edits')
  @HttpCode(202)
  @Access('user')
  @Idempotent()
  @ApiProblems(STORE_NOT_FOUND, FORBIDDEN)
  @ApiImport('make')
  async create(
    @Param('id') storeId: number,
    @Body() dto: CreateEditDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource<ImportDto>> {
    const made = await this.edits.create({ executor, id: storeId, caller }, dto, request.id);
    void reply.header('location', `/imports/${made.textOf('id')}`);
    // With an Idempotency-Key, the edit is committed after this method has returned.
    reply.raw.once('close', () => {
      this.edits.begin();
    });
    return made;
  }
}

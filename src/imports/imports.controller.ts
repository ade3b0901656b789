import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { ApiResource } from '../common/api-resource.decorator';
import { CurrentExecutor } from '../common/current-executor';
import { preferredType } from '../common/http/accept';
import { isFresh } from '../common/http/send';
import { type RouteSettings } from '../common/http/route-settings';
import { addVary } from '../common/http/vary';
import { type Executor } from '../database/executor';
import { ApiPage } from '../common/paging/api-page.decorator';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { FORBIDDEN, REQUEST_TIMEOUT } from '../common/problems/problem';
import { CHANGED_SINCE } from '../history/history.problems';
import { Idempotent } from '../idempotency/idempotency.decorator';
import { type Page } from '../reads/list/page';
import { type Resource } from '../reads/row-shape';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { ApiImport } from './api-import.decorator';
import { ApiImportErrors } from './api-import-errors.decorator';
import { CreateImportQueryDto } from './dto/create-import-query.dto';
import { ImportChangeDto } from './dto/import-change.dto';
import { type ImportErrorDto } from './dto/import-error.dto';
import { ImportChangeQueryDto, ImportErrorQueryDto, ImportListQueryDto } from './dto/import-list-query.dto';
import { ImportDto } from './dto/import.dto';
import { UndoImportQueryDto } from './dto/undo-import-query.dto';
import { FailedRowsService } from './failed-rows.service';
import {
  ALREADY_FINISHED,
  CANCELLED,
  FILE_TOO_LARGE,
  IMPORT_BUSY,
  IMPORT_NOT_FOUND,
  INVALID_FILE,
  NOT_PREVIEWED,
  NOT_UNDOABLE,
  PREVIEW_OUTDATED,
  UNSUPPORTED_FILE_TYPE,
} from './imports.problems';
import { ImportsService } from './imports.service';

const UNLIMITED: RouteSettings = { unlimited: true };

@ApiFeature('imports', 'Items from files, with preview and undo')
@Controller()
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly failedRows: FailedRowsService,
  ) {}

  /**
   * Import items from a file
   * @remarks The columns `name`, `price`, and optionally `sku` and `tags`, in any order; tags have `|` between them, and
   * missing ones are made. A row whose `sku` an item of the store has is that item. Checked by the rules of POST /items.
   * Answers when the file has arrived; the import then runs by itself, in one transaction.
   */
  @Post('stores/:id/imports')
  @HttpCode(202)
  @Access('user')
  @Idempotent()
  @RouteConfig({ unlimited: true, streamed: true } satisfies RouteSettings)
  @ApiConsumes('text/csv', 'application/x-ndjson')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiProblems(STORE_NOT_FOUND, FORBIDDEN, INVALID_FILE, CANCELLED)
  @ApiProblems(REQUEST_TIMEOUT, FILE_TOO_LARGE, UNSUPPORTED_FILE_TYPE)
  @ApiImport('make')
  async create(
    @Param('id') storeId: number,
    @Query() query: CreateImportQueryDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Resource<ImportDto>> {
    const upload = {
      body: request.body as Readable | undefined,
      mediaType: request.headers['content-type'] ?? '',
      requestId: request.id,
    };
    // The transaction may end after the handler.
    reply.raw.once('finish', () => {
      this.imports.begin();
    });
    const made = await this.imports.create(executor, storeId, query, upload, caller);
    void reply.header('location', `/imports/${made.textOf('id')}`);
    return made;
  }

  /** List the imports of a store */
  @Get('stores/:id/imports')
  @Access('user')
  @ApiPage(ImportDto)
  @ApiProblems(STORE_NOT_FOUND, FORBIDDEN)
  async listOfStore(
    @Param('id') storeId: number,
    @Query() query: ImportListQueryDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Page<ImportDto>> {
    return this.imports.findPageOfStore(storeId, query, caller);
  }

  /** Get an import */
  @Get('imports/:id')
  @Access('user')
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN)
  @ApiResource(ImportDto, 'read')
  async get(@Param('id') id: number, @CurrentCaller() caller: Caller): Promise<Resource<ImportDto>> {
    return this.imports.getOrThrow(id, caller);
  }

  /**
   * List what is wrong with the rows of an import
   * @remarks At most 10,000 errors are kept. With `Accept: text/csv` the response is a file with the failed rows, all at once:
   * the parameters are for the list.
   */
  @Get('imports/:id/errors')
  @Access('user')
  @ApiImportErrors()
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN)
  async listErrors(
    @Param('id') id: number,
    @Query() query: ImportErrorQueryDto,
    @CurrentCaller() caller: Caller,
    @Req() { method, headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<ImportErrorDto> | Readable> {
    addVary(reply, 'Accept');
    // As everywhere, a client that accepts nothing of what there is gets JSON.
    if (preferredType(headers.accept, ['application/json', 'text/csv']) !== 'text/csv')
      return this.imports.findErrors(id, query, caller);
    const { body, etag } = await this.failedRows.export(id, caller);
    void reply.headers({
      etag,
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="import-${id}-errors.csv"`,
    });
    const isKnown = isFresh(headers['if-none-match'], etag);
    if (isKnown) void reply.status(304).removeHeader('content-type');
    return isKnown || method === 'HEAD' ? Readable.from([]) : body;
  }

  /**
   * List what a preview will do
   * @remarks A line for each good row of the file; `before` and `after` have the members that differ.
   */
  @Get('imports/:id/changes')
  @Access('user')
  @ApiPage(ImportChangeDto)
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN)
  async listChanges(
    @Param('id') id: number,
    @Query() query: ImportChangeQueryDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Page<ImportChangeDto>> {
    return this.imports.findChanges(id, query, caller);
  }

  /**
   * Do what a preview says
   * @remarks In one transaction. If an item in it has changed since, nothing is written.
   */
  @Post('imports/:id/apply')
  @HttpCode(200)
  @Access('user')
  @Idempotent()
  @RouteConfig(UNLIMITED)
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN, NOT_PREVIEWED, PREVIEW_OUTDATED, IMPORT_BUSY, CANCELLED)
  @ApiImport('change')
  async apply(
    @Param('id') id: number,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Req() request: FastifyRequest,
  ): Promise<Resource<ImportDto>> {
    return this.imports.apply(executor, id, { caller, requestId: request.id });
  }

  /**
   * Take back what an import did
   * @remarks In one transaction: new items are deleted, changed ones get their former members and tags. Items that were
   * changed since are left alone with `on_conflict=skip`; without it nothing is undone if there are some.
   */
  @Post('imports/:id/undo')
  @HttpCode(200)
  @Access('user')
  @Idempotent()
  @RouteConfig(UNLIMITED)
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN, NOT_UNDOABLE, CHANGED_SINCE, IMPORT_BUSY)
  @ApiImport('change')
  async undo(
    @Param('id') id: number,
    @Query() { onConflict }: UndoImportQueryDto,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
    @Req() request: FastifyRequest,
  ): Promise<Resource<ImportDto>> {
    return this.imports.undo(executor, id, onConflict === 'skip', { caller, requestId: request.id });
  }

  /**
   * Cancel an import
   * @remarks What is not finished has written nothing.
   */
  @Post('imports/:id/cancel')
  @HttpCode(200)
  @Access('user')
  @RouteConfig(UNLIMITED)
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN, ALREADY_FINISHED)
  @ApiImport('change')
  async cancel(@Param('id') id: number, @CurrentCaller() caller: Caller): Promise<Resource<ImportDto>> {
    return this.imports.cancel(id, caller);
  }
}

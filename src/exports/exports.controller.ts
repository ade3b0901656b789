import { type Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Access } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { RequestSignal } from '../common/http/request-signal';
import { type RouteSettings } from '../common/http/route-settings';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { ApiExport, MEDIA_TYPES } from './api-export.decorator';
import { ExportQueryDto } from './dto/export-query.dto';
import { ExportsService } from './exports.service';

@ApiFeature('exports', 'All items of a store as a file')
@Controller()
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  /**
   * Export the items of a store
   * @remarks A file with all items that pass the filters, in the order of their ids, as they were at one moment. An import of
   * it into an empty store gives the same items. If something goes wrong after the beginning, the connection is
   * closed before the end of the file.
   */
  @Get('stores/:id/items/export')
  @Access('public')
  @RouteConfig({ unlimited: true } satisfies RouteSettings)
  @ApiExport()
  @ApiProblems(STORE_NOT_FOUND)
  async exportItems(
    @Param('id') storeId: number,
    @Query() query: ExportQueryDto,
    @Req() { method }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @RequestSignal() signal: AbortSignal,
  ): Promise<Readable> {
    const items =
      method === 'HEAD'
        ? await this.exports.check(storeId)
        : await this.exports.stream(storeId, query, signal);
    void reply.headers({
      'content-type': MEDIA_TYPES[query.format],
      'content-disposition': `attachment; filename="store-${storeId}-items.${query.format}"`,
      'cache-control': 'no-store',
    });
    return items;
  }
}

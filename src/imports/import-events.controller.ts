import { Readable } from 'node:stream';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { RequestSignal } from '../common/http/request-signal';
import { type RouteSettings } from '../common/http/route-settings';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { FORBIDDEN } from '../common/problems/problem';
import { ImportEventsService } from './import-events.service';
import { IMPORT_NOT_FOUND } from './imports.problems';

const EXAMPLE = 'retry: 2000\n\nid: 1-1769850000000-0\ndata: {"id":3,"store_id":1,"state":"running"}\n\n';

@ApiFeature('imports', 'Items from files, with preview and undo')
@Controller()
export class ImportEventsController {
  constructor(private readonly events: ImportEventsService) {}

  /**
   * Watch an import
   * @remarks Server-Sent Events: the import now, and again whenever it has changed, until its state is final; `previewed` is
   * not final. A client that connects again sends the `Last-Event-ID`, and gets what is newer; if nothing will follow, the
   * answer is 204. The stream also ends after 15 minutes, and when the server stops: connect again.
   */
  @Get('imports/:id/events')
  @Access('user')
  @RouteConfig({ unlimited: true } satisfies RouteSettings)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'the id of the last event that the client has',
    schema: { type: 'string' },
  })
  @ApiOkResponse({
    content: {
      'text/event-stream': {
        schema: {
          type: 'string',
          description:
            'The `data` of each event is the import, as GET /imports/{id} answers it, in one line.',
        },
        example: EXAMPLE,
      },
    },
  })
  @ApiNoContentResponse({ description: 'The client has the final state already.' })
  @ApiProblems(IMPORT_NOT_FOUND, FORBIDDEN)
  async watch(
    @Param('id') id: number,
    @CurrentCaller() caller: Caller,
    @Req() { method, headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @RequestSignal() signal: AbortSignal,
  ): Promise<Readable | undefined> {
    let stream: Readable | undefined;
    if (method === 'HEAD') {
      await this.events.check(id, caller);
      stream = Readable.from([]);
    } else {
      const { 'last-event-id': known } = headers;
      stream = await this.events.open(id, typeof known === 'string' ? known : undefined, caller, signal);
    }
    void reply.header('cache-control', 'no-store');
    if (stream) void reply.headers({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    else void reply.status(204);
    return stream;
  }
}

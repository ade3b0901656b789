import { Controller, Get, Header, HttpCode, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Access } from './common/access';
import { prefersHtml } from './common/http/accept';
import { addVary } from './common/http/vary';

const DOCS = '/docs';
const DOCUMENT = '/openapi.json';

/** The root path, which people try first. */
@ApiExcludeController()
@Controller()
export class AppController {
  /** Lead people to the docs, and programs to the OpenAPI document */
  @Get()
  @Access('public')
  @HttpCode(303)
  @Header('Cache-Control', 'no-cache')
  start(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    addVary(reply, 'Accept');
    void reply.header('location', prefersHtml(request.headers.accept) ? DOCS : DOCUMENT);
  }
}

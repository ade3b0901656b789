import path from 'node:path';
import fastifyStatic from '@fastify/static';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { PAGE_HEADERS } from '../common/http/page-headers';
import { DOCS_FILES } from './docs-files';
import { createDocument } from './document';
import { docsPage } from './page';

/**
 * Serves the document as /openapi.json and /openapi.yaml, created at the first request, and the page /docs to try the
 * API.
 */
export function useApiDocs(app: NestFastifyApplication): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= createDocument(app)), {
    ui: false,
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    patchDocumentOnRequest: (request, reply, made) => {
      // The document names the origin of the request.
      (reply as FastifyReply).header('cache-control', 'no-cache');
      return withAbsoluteServers(made, request as FastifyRequest);
    },
  });

  const fastify = app.getHttpAdapter().getInstance();
  for (const [url, folder] of [
    ['/docs', './docs/'],
    ['/docs/', './'],
  ] as const) {
    fastify.get(url, (_request: FastifyRequest, reply: FastifyReply) =>
      reply.headers(PAGE_HEADERS).send(docsPage(folder)),
    );
  }
  const allowed = new Set(DOCS_FILES.map((name) => `/${name}`));
  void fastify.register(fastifyStatic, {
    root: [path.dirname(require.resolve('swagger-ui-dist/package.json')), path.join(__dirname, 'assets')],
    prefix: '/docs/',
    allowedPath: (name) => allowed.has(name),
    index: false,
    decorateReply: false,
  });
}

/**
 * Makes relative server URLs absolute, with the origin of the request, because many tools read the document from a
 * file, and cannot resolve a relative URL. `X-Forwarded-Host` does not count: many proxies pass on what a client sent.
 */
function withAbsoluteServers(document: OpenAPIObject, { protocol, headers }: FastifyRequest): OpenAPIObject {
  const origin = `${protocol}://${headers.host ?? ''}`;
  if (!URL.canParse(origin)) return document;
  const servers = document.servers?.map((server) => ({
    ...server,
    url: new URL(server.url, origin).href.replace(/\/$/, ''),
  }));
  return { ...document, ...(servers && { servers }) };
}

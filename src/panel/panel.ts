import fastifyStatic from '@fastify/static';
import { type FastifyInstance } from 'fastify';
import { PAGE_HEADERS } from '../common/http/page-headers';
import { isFresh } from '../common/http/send';
import { etagOf } from '../reads/row-shape';
import { type Panel } from './panel-files';

const PREFIX = '/admin/';

/** The names of these files contain a hash of what is in them, so a name never gets another content. */
const ASSETS = '/assets/';
const ASSET_CACHING = 'public, max-age=31536000, immutable';

/** Serves the admin panel. Its addresses are relative to /admin/, so the address without the slash leads there. */
export function usePanel(fastify: FastifyInstance, { folder, page, files }: Panel): void {
  fastify.get('/admin', (_request, reply) => reply.header('cache-control', 'no-cache').redirect(PREFIX, 308));

  // Not by the time of the file, which some deployments set to the same one for every version.
  const etag = etagOf([page]);
  fastify.get(PREFIX, (request, reply) => {
    void reply.headers(PAGE_HEADERS).header('etag', etag);
    if (!isFresh(request.headers['if-none-match'], etag)) return reply.send(page);
    return reply.status(304).removeHeader('content-type').send();
  });

  const allowed = new Set(files.map((file) => `/${file}`));
  void fastify.register(fastifyStatic, {
    root: folder,
    prefix: PREFIX,
    allowedPath: (name) => allowed.has(name),
    preCompressed: true,
    index: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply, file) => {
      const isAsset = file.slice(folder.length).startsWith(ASSETS);
      void reply.header('cache-control', isAsset ? ASSET_CACHING : 'no-cache');
    },
  });
}

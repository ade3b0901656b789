import { type FastifyRequest } from 'fastify';
import { type EndedRequest } from './metrics';

/** Reports requests to a system that follows them across services. */
export interface Tracing {
  /** @param peer the address of the client; undefined if it had gone away already */
  record: (request: FastifyRequest, ended: EndedRequest, peer: string | undefined) => void;
}

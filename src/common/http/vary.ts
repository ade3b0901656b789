import { type FastifyReply } from 'fastify';

/** Tells caches that the response depends on one more request header. */
export function addVary(reply: FastifyReply, header: string): void {
  const before = reply.getHeader('vary');
  void reply.header('vary', before === undefined ? header : `${String(before)}, ${header}`);
}

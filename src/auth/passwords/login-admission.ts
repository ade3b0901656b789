import { type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyRequest } from 'fastify';
import { type RouteSettings } from '../../common/http/route-settings';
import { sendProblem } from '../../common/problems/problem.filter';
import { HashQueue } from './hash-queue';

const NEEDS_HASH = 'needsHash';

/**
 * Marks a public route that hashes a password: `admitLogins` spreads its requests over time, and refuses them early.
 */
export const NeedsHash = () =>
  RouteConfig({ [NEEDS_HASH]: true, unqueued: true } satisfies RouteSettings & { [NEEDS_HASH]: true });

function needsHash({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { [NEEDS_HASH]?: boolean } | undefined)?.[NEEDS_HASH] ?? false;
}

/**
 * Protects other requests from many logins at once. Only one login begins in each turn of the event loop, and while the
 * queue of hashes is full, logins are refused before their bodies are read.
 */
export function admitLogins(app: NestFastifyApplication): void {
  const queue = app.get(HashQueue);
  const turns = new Turns();
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!needsHash(request)) {
      done();
      return;
    }
    turns.wait(() => {
      const { refusal } = queue;
      if (refusal) sendProblem(refusal, request, reply);
      else done();
    });
  });
}

/** Calls one callback in each turn of the event loop, so that other requests are served between hundreds of logins. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** Calls `begin` when it is its turn. */
  wait(begin: () => void): void {
    this.waiting.push(begin);
    if (this.waiting.length === 1) setImmediate(this.next);
  }

  private readonly next = (): void => {
    try {
      this.waiting[0]?.();
    } finally {
      this.waiting.shift();
      if (this.waiting.length > 0) setImmediate(this.next);
    }
  };
}

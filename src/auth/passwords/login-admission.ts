import { type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyRequest } from 'fastify';
import { sendProblem } from '../../common/problems/problem.filter';
import { HashQueue } from './hash-queue';

const NEEDS_HASH = 'needsHash';

/** A route that anybody can call and that hashes a password: `admitLogins` spreads its requests, and refuses them early. */
export const NeedsHash = () => RouteConfig({ [NEEDS_HASH]: true });

function needsHash({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { [NEEDS_HASH]?: boolean } | undefined)?.[NEEDS_HASH] ?? false;
}

/**
 * Keeps a rush of logins from the rest. One login begins in each turn of the event loop, and while the queue of hashes is
 * full they are refused before their bodies are read.
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

/** Calls back one in each turn of the event loop, so that others are served between hundreds that arrive at once. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** Calls back when it is this one's turn. */
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

import { type LoggerService } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import pino, { type Logger } from 'pino';
import { type EndedRequest } from './metrics';
import { shortLines } from './short-lines';
import type * as TerminalLines from './terminal-lines';

/** Injection token of the process's log. */
export const LOGGER = Symbol('logger');

/**
 * Lines are written together, because one write per line would cost as much as the routing of a request. A line waits
 * at most this long, in milliseconds.
 */
const LONGEST_WAIT = 100;
const WRITE_SIZE = 4096;

/** The longest write to a pipe that Linux does not mix with those of other processes (PIPE_BUF), in bytes. */
const LONGEST_PIECE = 4096;

export interface LoggerOptions {
  /** whether other processes write to the same output */
  shared?: boolean;
  /** written in each line */
  pid?: number;
  /** whether each line is written at once, for a process that can be frozen at any time */
  unbuffered?: boolean;
}

/** JSON lines on standard output; readable ones on a terminal. */
export function createLogger(
  level: string,
  { shared = false, pid, unbuffered = false }: LoggerOptions = {},
): Logger {
  const options = {
    level,
    base: pid === undefined ? null : { pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (process.stdout.isTTY) {
    // It is loaded here, because loading takes a tenth of a second, and only terminals need it.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { terminalLines } = require('./terminal-lines') as typeof TerminalLines;
    return pino(
      options,
      terminalLines((text) => process.stdout.write(text)),
    );
  }
  if (unbuffered) return pino(options, pino.destination({ sync: true }));
  // Waiting lines are also written when the process ends.
  const output = { sync: false, periodicFlush: LONGEST_WAIT };
  if (!shared) return pino(options, pino.destination({ ...output, minLength: WRITE_SIZE }));
  const pieces = { minLength: LONGEST_PIECE / 2, maxWrite: LONGEST_PIECE };
  return pino(options, shortLines(pino.destination({ ...output, ...pieces }), LONGEST_PIECE));
}

/** Writes Nest's own messages to the same log. Its messages at the start get the level debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }

  error(message: unknown, stack?: string, context?: string): void {
    // Nest logs a stream that was left before its end as an error of ours. The line of the request says it already.
    if (isLeft(message)) this.logger.debug({ context }, String(message));
    else this.logger.error({ context, stack }, String(message));
  }

  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
}

function isLeft(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/**
 * Writes one line for each request, however it ended.
 *
 * @param peer the address of the client, read at the beginning of the request, because a closed
 *   connection has none
 */
export function logRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  peer: string | undefined,
  { route, status, seconds }: EndedRequest,
): void {
  const { user } = request as { user?: { userId: number } | { sub: string } };
  const reason = status === 503 ? reasons.get(request) : undefined;
  request.log[reason === undefined ? 'info' : 'warn'](
    {
      method: request.method,
      path: loggablePath(request.url),
      route,
      peer,
      user_id: user && ('userId' in user ? user.userId : Number(user.sub)),
      status,
      reason,
      // The client went away before it had received the whole response.
      aborted: reply.raw.writableFinished ? undefined : true,
      ms: Math.round(seconds * 100_000) / 100,
    },
    'request',
  );
}

/** The causes of answers of 503. */
const reasons = new WeakMap<FastifyRequest, string>();

/** Adds the cause of a 503 to the line of its request. */
export function noteReason(request: FastifyRequest, reason: string): void {
  reasons.set(request, reason);
}

/** What is known of a request when its response is closed. */
export function endedRequest(request: FastifyRequest, reply: FastifyReply): EndedRequest {
  return {
    method: request.method,
    route: request.is404 ? undefined : request.routeOptions.url,
    status: reply.raw.headersSent ? reply.raw.statusCode : undefined,
    seconds: reply.elapsedTime / 1000,
  };
}

const LONGEST_SEGMENT = 40;

/** A path for the log: without the query, and without segments that are long enough to be a token. */
export function loggablePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path
    .split('/')
    .map((segment) => (segment.length > LONGEST_SEGMENT ? '…' : segment))
    .join('/');
}

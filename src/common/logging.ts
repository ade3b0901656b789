import { type LoggerService } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import pino, { type Logger } from 'pino';
import { shortLines } from './short-lines';

/** Injection token of the process's log. */
export const LOGGER = Symbol('logger');

/** A write for each line costs a request as much as all of its routing; lines wait this long at most, in milliseconds. */
const LONGEST_WAIT = 100;
const WRITE_SIZE = 4096;

/** The most that Linux writes to a pipe in one piece when several processes write to it (PIPE_BUF), in bytes. */
const LONGEST_PIECE = 4096;

export interface LoggerOptions {
  /** Other processes write to the same output. */
  shared?: boolean;
  /** stands in each line */
  pid?: number;
}

/** JSON lines on standard output; readable ones on a terminal. */
export function createLogger(level: string, { shared = false, pid }: LoggerOptions = {}): Logger {
  const options = {
    level,
    base: pid === undefined ? null : { pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (process.stdout.isTTY) {
    const target = {
      target: 'pino-pretty',
      options: { translateTime: 'SYS:HH:MM:ss', ignore: 'request_id' },
    };
    return pino({ ...options, transport: target });
  }
  // What waits is written when the process ends, too.
  const output = { sync: false, periodicFlush: LONGEST_WAIT };
  if (!shared) return pino(options, pino.destination({ ...output, minLength: WRITE_SIZE }));
  const pieces = { minLength: LONGEST_PIECE / 2, maxWrite: LONGEST_PIECE };
  return pino(options, shortLines(pino.destination({ ...output, ...pieces }), LONGEST_PIECE));
}

/** Nest's own messages through the same log. Its start-up chatter is for debugging. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, String(message));
  }

  error(message: unknown, stack?: string, context?: string): void {
    this.logger.error({ context, stack }, String(message));
  }

  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
}

/** One line a request, whatever became of it. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  request.log.info(
    {
      method: request.method,
      path: loggablePath(request.url),
      status: reply.raw.headersSent ? reply.raw.statusCode : undefined,
      // The client went away before it had all of the answer.
      aborted: reply.raw.writableFinished ? undefined : true,
      ms: Math.round(reply.elapsedTime * 100) / 100,
    },
    'request',
  );
}

const LONGEST_SEGMENT = 40;

/** A path as it may stand in a log: no query, and nothing long enough to be a token. */
export function loggablePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path
    .split('/')
    .map((segment) => (segment.length > LONGEST_SEGMENT ? '…' : segment))
    .join('/');
}

import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { type Logger } from 'pino';
import { SECURITY_HEADERS } from '../common/http/security-headers';
import { createLogger } from '../common/logging';
import { Problem, UNAVAILABLE } from '../common/problems/problem';
import { type Environment, loadEnvironment } from '../config/environment';
import { exitWithReason, reasonOf } from '../server/startup-error';
import { answerOf, type ApplicationResponse, type FunctionAnswer } from './answer-of';
import { type HttpEvent, isHttpEvent, isScheduledEvent } from './events';
import { checkFunctionSettings, FunctionApp } from './function-app';

interface FunctionContext {
  callbackWaitsForEmptyEventLoop?: boolean;
}

export type Handler = (event: object, context?: FunctionContext) => Promise<FunctionAnswer | undefined>;

/** Starts the application, and returns the handler for its events. Wrong settings end the process. */
export function createHandler(): Handler {
  const environment = readSettings();
  const logger = createLogger(environment.logLevel, { unbuffered: true });
  const container = new Container(environment, logger);
  process.once('SIGTERM', () => {
    void container.close().finally(() => process.exit(0));
  });
  return async (event, context = {}) => {
    // Connections to the database stay open between two events.
    context.callbackWaitsForEmptyEventLoop = false;
    if (isHttpEvent(event)) return container.answer(event);
    if (!isScheduledEvent(event))
      throw new Error('The event comes neither from API Gateway or a load balancer nor from a schedule.');
    await container.cleanUp();
    return undefined;
  };
}

function readSettings(): Environment {
  try {
    const environment = loadEnvironment();
    checkFunctionSettings(environment);
    return environment;
  } catch (error) {
    return exitWithReason(error);
  }
}

/** Starts the application once, and again after a start that has failed. */
class Container {
  private starting: Promise<FunctionApp> | undefined;

  constructor(
    private readonly environment: Environment,
    private readonly logger: Logger,
  ) {
    // The time before the first event costs no more than a start at the first event would.
    this.app().catch(() => undefined);
  }

  async answer(event: HttpEvent): Promise<FunctionAnswer> {
    try {
      return await (await this.app()).answer(event);
    } catch (error) {
      this.logger.error({ reason: reasonOf(error) }, 'the event cannot be answered');
      return answerOf(event, unavailable(this.environment));
    }
  }

  async cleanUp(): Promise<void> {
    await (await this.app()).cleanUp();
  }

  async close(): Promise<void> {
    await (await this.starting)?.close();
  }

  private app(): Promise<FunctionApp> {
    this.starting ??= FunctionApp.start(this.environment, this.logger).catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    });
    return this.starting;
  }
}

/** The problem document of the application, while there is none. */
function unavailable({ corsOrigins }: Environment): ApplicationResponse {
  const problem = new Problem(UNAVAILABLE);
  const id = randomUUID();
  const headers = {
    ...SECURITY_HEADERS,
    ...problem.headers,
    ...(corsOrigins === '*' && { 'access-control-allow-origin': '*' }),
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': id,
  };
  const body = Buffer.from(problem.toJson(id));
  return { status: problem.type.status, headers: Object.entries(headers).flat(), body };
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { ModulesContainer } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger } from 'pino';
import { createApp } from '../app.setup';
import { Cleanup } from '../common/cleanup';
import { type Environment, SettingsError } from '../config/environment';
import { Database } from '../database/database';
import { checkMigrated } from '../database/open-database';
import { Statements } from '../reads/statements';
import { openTracing } from '../tracing/open-tracing';
import { answerOf, type FunctionAnswer } from './answer-of';
import { type HttpEvent } from './events';
import { exchange } from './exchange';
import { requestOf } from './request-of';

/**
 * After a pause of this length, connections to the database are not used again, in milliseconds. Servers and networks
 * close connections that were idle for minutes, and some networks do it without telling.
 */
const LONG_PAUSE = 10_000;

/** How long connecting may take at the start, in milliseconds. */
const CONNECT_TIMEOUT = 5000;

/** The application in a container that is frozen between two events. */
export class FunctionApp {
  /** by the clock of the host, because others may stand still in a frozen container */
  private quietSince = Date.now();

  private constructor(
    private readonly environment: Environment,
    private readonly app: NestFastifyApplication,
    private readonly tracing: ReturnType<typeof openTracing>,
  ) {}

  /**
   * Starts it on a database that a deployment has migrated: many containers start at the same time, and none may take
   * as long as a migration does.
   */
  static async start(environment: Environment, logger: Logger): Promise<FunctionApp> {
    const connection = { url: databaseUrlOf(environment) };
    await checkMigrated(connection, environment, CONNECT_TIMEOUT);
    const tracing = openTracing(environment, logger);
    const app = await createApp({ environment, logger, connection, embedded: false, tracing });
    await app.getHttpAdapter().getInstance().ready();
    return new FunctionApp(environment, app, tracing);
  }

  async answer(event: HttpEvent): Promise<FunctionAnswer> {
    await this.thaw();
    const request = requestOf(event, this.environment.publicPath);
    try {
      return answerOf(event, await exchange(this.app.getHttpServer(), request));
    } finally {
      // The container can be frozen as soon as the event is answered.
      await this.tracing?.flush();
      this.quietSince = Date.now();
    }
  }

  /** Removes expired rows. The timers of a frozen container stand still, so a schedule has to call it. */
  async cleanUp(): Promise<void> {
    await this.thaw();
    const providers = [...this.app.get(ModulesContainer).values()].flatMap((each) => [
      ...each.providers.values(),
    ]);
    for (const { instance } of providers) if (instance instanceof Cleanup) await instance.run();
    this.quietSince = Date.now();
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.tracing?.close();
  }

  /** Prepares for an event after a pause in which the container may have been frozen. */
  private async thaw(): Promise<void> {
    // Whatever has arrived meanwhile is read first: that the server has closed connections, for example.
    await nextTurn();
    await nextTurn();
    if (Date.now() - this.quietSince < LONG_PAUSE) return;
    this.app.get(Statements).dropIdleConnections();
    await this.app.get(Database).dropIdleConnections();
  }
}

/** @throws SettingsError if a setting is missing that only a server can do without */
export function checkFunctionSettings(environment: Environment): void {
  const { databaseUrl, jwtPrivateKey } = environment;
  const faults = [
    ...(databaseUrl === undefined
      ? ['DATABASE_URL must be given, because a function cannot run the embedded PostgreSQL']
      : []),
    ...(jwtPrivateKey === undefined
      ? [
          'JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_FILE must be given, because each container of a function would generate ' +
            'a key of its own',
        ]
      : []),
  ];
  if (faults.length > 0) throw new SettingsError(faults);
}

function databaseUrlOf({ databaseUrl }: Environment): string {
  if (databaseUrl === undefined) throw new Error('the settings were not checked');
  return databaseUrl;
}

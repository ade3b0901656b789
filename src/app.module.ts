import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type Logger } from 'pino';
import { AppController } from './app.controller';
import { AccessGuard } from './auth/tokens/access.guard';
import { AuthModule } from './auth/auth.module';
import { Connections } from './common/http/connections';
import { InputGuard } from './common/input/input.guard';
import { LOGGER } from './common/logging';
import { ProblemFilter } from './common/problems/problem.filter';
import { Environment } from './config/environment';
import { type DatabaseConnection, EMBEDDED } from './database/connection';
import { dataSourceOptions } from './database/data-source';
import { Database } from './database/database';
import { poolShare, Statements } from './reads/statements';
import { HealthModule } from './health/health.module';
import { ItemsModule } from './items/items.module';
import { StoresModule } from './stores/stores.module';
import { TagsModule } from './tags/tags.module';
import { DevelopmentUsersModule, UsersModule } from './users/users.module';

/**
 * The shares of REQUEST_TIMEOUT for the wait for a connection, and for a statement or transaction on it. Together they
 * are less than 1, so that a slow statement is cancelled before the request is answered 503: then nothing is written.
 */
const WAIT_SHARE = 0.25;
const STATEMENT_SHARE = 0.6;

export interface AppContext {
  environment: Environment;
  logger: Logger;
  /** a database with a schema that is up to date */
  connection: DatabaseConnection;
  embedded: boolean;
}

/** Providers for all features. */
@Global()
@Module({})
class ContextModule {
  static register({ environment, logger, embedded }: AppContext, connections: Connections): DynamicModule {
    return {
      module: ContextModule,
      providers: [
        { provide: Environment, useValue: environment },
        { provide: LOGGER, useValue: logger },
        { provide: EMBEDDED, useValue: embedded },
        { provide: Connections, useValue: connections },
        Database,
        Statements,
      ],
      exports: [Environment, LOGGER, EMBEDDED, Connections, Database, Statements],
    };
  }
}

/** The application. */
@Module({})
export class AppModule {
  static register(context: AppContext, connections = new Connections()): DynamicModule {
    const { environment, logger, connection } = context;
    return {
      module: AppModule,
      imports: [
        ContextModule.register(context, connections),
        TypeOrmModule.forRoot({
          ...dataSourceOptions({
            connection,
            poolMax: poolShare(environment),
            pooler: environment.databasePooler,
            waitTimeout: Math.floor(environment.requestTimeout * WAIT_SHARE),
            timeout: Math.floor(environment.requestTimeout * STATEMENT_SHARE),
            onPoolError: (error) => {
              logger.warn({ err: { message: error.message } }, 'a database connection was lost');
            },
          }),
          autoLoadEntities: true,
          retryAttempts: 0,
        }),
        AuthModule,
        UsersModule,
        StoresModule,
        TagsModule,
        ItemsModule,
        HealthModule,
        ...(environment.production ? [] : [DevelopmentUsersModule]),
      ],
      controllers: [AppController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        // Nest runs them in this order.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: InputGuard },
      ],
    };
  }
}

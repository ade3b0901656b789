import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type Logger } from 'pino';
import { AppController } from './app.controller';
import { AccessGuard } from './auth/tokens/access.guard';
import { AuthModule } from './auth/auth.module';
import { Connections } from './common/http/connections';
import { InputGuard } from './common/input/input.guard';
import { LOGGER } from './common/logging';
import { Metrics, NO_METRICS } from './common/metrics';
import { ReplicaInterceptor } from './common/replica.interceptor';
import { type Tracing } from './common/tracing';
import { ProblemFilter } from './common/problems/problem.filter';
import { Environment } from './config/environment';
import { type DatabaseConnection, EMBEDDED } from './database/connection';
import { dataSourceOptions } from './database/data-source';
import { ClockWatch } from './database/clock-watch';
import { Database } from './database/database';
import { DatabaseClock } from './database/database-clock';
import { DatabaseHealth, type HealthConfig } from './database/database-health';
import { Replicas } from './reads/replicas/replicas';
import { poolShare } from './reads/server-reads';
import { Statements } from './reads/statements';
import { ExportsModule } from './exports/exports.module';
import { HistoryModule } from './history/history.module';
import { HealthModule } from './health/health.module';
import { ApplicationGauges } from './metrics/application-gauges';
import { ImportsModule } from './imports/imports.module';
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
  /** Undefined if nothing is measured. */
  metrics?: Metrics | undefined;
  /** Undefined if no traces are sent. */
  tracing?: Tracing | undefined;
}

/** What is known of the database without asking it. */
interface DatabaseState {
  health: DatabaseHealth;
  clock: DatabaseClock;
}

/** Providers for all features. */
@Global()
@Module({})
class ContextModule {
  static register(
    { environment, logger, embedded, metrics = NO_METRICS }: AppContext,
    connections: Connections,
    { health, clock }: DatabaseState,
  ): DynamicModule {
    return {
      module: ContextModule,
      providers: [
        { provide: Environment, useValue: environment },
        { provide: LOGGER, useValue: logger },
        { provide: EMBEDDED, useValue: embedded },
        { provide: Connections, useValue: connections },
        { provide: Metrics, useValue: metrics },
        { provide: DatabaseHealth, useValue: health },
        { provide: DatabaseClock, useValue: clock },
        Database,
        ClockWatch,
        Statements,
        Replicas,
        ApplicationGauges,
      ],
      exports: [
        Environment,
        LOGGER,
        EMBEDDED,
        Connections,
        Metrics,
        Database,
        DatabaseHealth,
        DatabaseClock,
        Statements,
        Replicas,
      ],
    };
  }
}

/** The application. */
@Module({})
export class AppModule {
  static register(context: AppContext, connections = new Connections()): DynamicModule {
    const { environment, logger, connection } = context;
    const clock = new DatabaseClock(logger);
    const database = dataSourceOptions({
      connection,
      clock,
      poolMax: poolShare(environment),
      pooler: environment.databasePooler,
      waitTimeout: Math.floor(environment.requestTimeout * WAIT_SHARE),
      timeout: Math.floor(environment.requestTimeout * STATEMENT_SHARE),
      onPoolError: (error) => {
        health.connectionLost(error);
      },
    });
    const health = new DatabaseHealth(database.extra as HealthConfig, logger);
    return {
      module: AppModule,
      imports: [
        ContextModule.register(context, connections, { health, clock }),
        TypeOrmModule.forRoot({ ...database, autoLoadEntities: true, retryAttempts: 0 }),
        AuthModule,
        UsersModule,
        StoresModule,
        TagsModule,
        ItemsModule,
        ExportsModule,
        HistoryModule,
        ImportsModule,
        HealthModule,
        ...(environment.production ? [] : [DevelopmentUsersModule]),
      ],
      controllers: [AppController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        // Nest runs them in this order.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: InputGuard },
        ...(environment.databaseReplicaUrls.length > 0
          ? [{ provide: APP_INTERCEPTOR, useClass: ReplicaInterceptor }]
          : []),
      ],
    };
  }
}

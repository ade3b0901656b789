import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { Metrics } from '../common/metrics';
import { DatabaseHealth } from '../database/database-health';
import { Statements } from '../reads/statements';

/** Declares the gauges that belong to no feature. None of them uses a connection, so that they can be read when the database is lost. */
@Injectable()
export class ApplicationGauges {
  constructor(
    @InjectDataSource() dataSource: DataSource,
    statements: Statements,
    health: DatabaseHealth,
    metrics: Metrics,
  ) {
    const pool = (dataSource.driver as unknown as { master: pg.Pool }).master;
    metrics.gauge({
      name: 'emporium_database_up',
      help: '1 while the database can be used; 0 since the log says that it is lost.',
      read: () => (health.isLost ? 0 : 1),
      aggregator: 'min',
    });
    metrics.gauge({
      name: 'emporium_database_pool_in_use',
      help: 'Connections of the pool that run a statement or a transaction.',
      read: () => pool.totalCount - pool.idleCount,
    });
    metrics.gauge({
      name: 'emporium_database_pool_idle',
      help: 'Open connections of the pool that are not in use.',
      read: () => pool.idleCount,
    });
    metrics.gauge({
      name: 'emporium_database_pool_waiting',
      help: 'Requests that wait for a connection of the pool.',
      read: () => pool.waitingCount,
    });
    metrics.gauge({
      name: 'emporium_database_pool_max',
      help: 'How many connections the pool may open.',
      read: () => pool.options.max,
    });
    metrics.gauge({
      name: 'emporium_database_shared_waiting',
      help: 'Statements on the connections that reads share which have no answer yet.',
      read: () => statements.waiting,
    });
    metrics.gauge({
      name: 'emporium_processes',
      help: 'Processes that serve requests.',
      read: () => 1,
    });
  }
}

import { Controller, Get, Header } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { Access } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { Connections } from '../common/http/connections';
import { type RouteSettings } from '../common/http/route-settings';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { Problem, UNAVAILABLE } from '../common/problems/problem';
import { hasPendingMigrations } from '../database/migrations';
import { Statements } from '../reads/statements';
import { HealthDto } from './dto/health.dto';

/** For load balancers and orchestrators. */
@ApiFeature('health', 'For load balancers and orchestrators')
@Controller('health')
export class HealthController {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly statements: Statements,
    private readonly connections: Connections,
  ) {}

  /** Check that the process runs */
  @Get('live')
  @Access('public')
  @RouteConfig({ unqueued: true } satisfies RouteSettings)
  @Header('Cache-Control', 'no-store')
  live(): HealthDto {
    return { status: 'ok' };
  }

  /**
   * Check that requests can be served
   * @remarks The database answers, and its schema is up to date.
   */
  @Get('ready')
  @Access('public')
  @RouteConfig({ unqueued: true } satisfies RouteSettings)
  @Header('Cache-Control', 'no-store')
  @ApiProblems(UNAVAILABLE)
  async ready(): Promise<HealthDto> {
    if (this.connections.draining)
      throw new Problem(UNAVAILABLE, { detail: 'The process is about to stop.' });
    // Checks both ways to the database: the pool, and the shared connections of reads.
    const [isPending] = await Promise.all([hasPendingMigrations(this.dataSource), this.statements.check()]);
    if (isPending) {
      throw new Problem(UNAVAILABLE, { detail: 'The database lacks migrations.' });
    }
    return { status: 'ok' };
  }
}

import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Problem, UNAVAILABLE } from '../common/problems/problem';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { ItemsService } from '../items/items.service';
import { poolShare } from '../reads/server-reads';
import { StoresService } from '../stores/stores.service';
import { type ExportQueryDto } from './dto/export-query.dto';
import { ExportsRepository } from './exports.repository';

/** Which part of the connections exports may hold, because a slow client holds one for as long as it reads. */
const POOL_SHARE = 1 / 3;

/** Seconds to wait for another export to end. */
const RETRY_AFTER = 5;

@Injectable()
export class ExportsService {
  private readonly limit: number;
  private running = 0;

  constructor(
    private readonly exports: ExportsRepository,
    private readonly stores: StoresService,
    private readonly items: ItemsService,
    private readonly database: Database,
    environment: Environment,
  ) {
    this.limit = Math.max(1, Math.floor(poolShare(environment) * POOL_SHARE));
  }

  /** Checks the same as `stream`, but reads no items. @throws Problem `store_not_found` */
  async check(storeId: number): Promise<Readable> {
    await this.stores.getOrThrow(storeId);
    return Readable.from([]);
  }

  /**
   * The items of a store. Whoever destroys the stream ends the export.
   *
   * @param signal ends it while there is no stream
   * @throws Problem `store_not_found`, `unavailable` if too many exports are running
   */
  async stream(storeId: number, query: ExportQueryDto, signal: AbortSignal): Promise<Readable> {
    await this.stores.getOrThrow(storeId);
    if (this.running >= this.limit) {
      throw new Problem(UNAVAILABLE, {
        detail: 'Too many exports are running; try again shortly.',
        headers: { 'retry-after': String(RETRY_AFTER) },
      });
    }
    this.running++;
    try {
      const narrowing = this.items.narrowToStore(storeId, query);
      const { format, formulas } = query;
      const rows = await this.exports.stream(this.database, narrowing, {
        storeId,
        format,
        formulas,
        signal,
      });
      rows.once('close', () => this.running--);
      return rows;
    } catch (error) {
      this.running--;
      throw error;
    }
  }
}

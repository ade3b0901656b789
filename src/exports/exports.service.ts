import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { ItemsService } from '../items/items.service';
import { PoolPlaces } from '../reads/pool-places';
import { StoresService } from '../stores/stores.service';
import { type ExportQueryDto } from './dto/export-query.dto';
import { ExportsRepository } from './exports.repository';

@Injectable()
export class ExportsService {
  private readonly places: PoolPlaces;

  constructor(
    private readonly exports: ExportsRepository,
    private readonly stores: StoresService,
    private readonly items: ItemsService,
    private readonly database: Database,
    environment: Environment,
  ) {
    this.places = new PoolPlaces(environment, 'exports');
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
    const leave = this.places.take();
    try {
      const narrowing = this.items.narrowToStore(storeId, query);
      const { format, formulas } = query;
      const rows = await this.exports.stream(this.database, narrowing, {
        storeId,
        format,
        formulas,
        signal,
      });
      rows.once('close', leave);
      return rows;
    } catch (error) {
      leave();
      throw error;
    }
  }
}

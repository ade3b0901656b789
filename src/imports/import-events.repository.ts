import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { Resource } from '../reads/row-shape';
import { eventOf, type ImportEvent } from './import-event';
import { IMPORT, SELECT_EVENT } from './imports.list';

/** The SQL of the events of imports. */
@Injectable()
export class ImportEventsRepository {
  async find(executor: Executor, id: number): Promise<ImportEvent | undefined> {
    const [row] = await executor.rows(`${SELECT_EVENT} WHERE i.id = $1`, [id]);
    return row && eventOf(new Resource(IMPORT, row.slice(0, -1)), row.at(-1) ?? '0');
  }
}

import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { Resource } from '../reads/row-shape';
import { eventOf, type ImportEvent, type StoredState } from './import-event';
import { IMPORT, SELECT_EVENT } from './imports.list';

/** The SQL of the events of imports. */
@Injectable()
export class ImportEventsRepository {
  async find(executor: Executor, id: number): Promise<ImportEvent | undefined> {
    const [row] = await executor.rows(`${SELECT_EVENT} WHERE i.id = $1`, [id]);
    if (!row) return undefined;
    const [stored, seenAt] = row.slice(-2);
    return eventOf(new Resource(IMPORT, row.slice(0, -2)), stored as StoredState, seenAt ?? '0');
  }
}

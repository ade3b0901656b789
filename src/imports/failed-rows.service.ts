import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { Database } from '../database/database';
import { FailedRowsRepository } from './failed-rows.repository';
import { type FailedFile, FailedRows } from './file/failed-rows';
import { ImportsService } from './imports.service';
import { MAX_ERRORS } from './limits';

/** How many rows are read at once. A row can be long. */
const ROWS_AT_ONCE = 100;

/** A file, and the entity tag of what it is made from. */
export interface FailedRowsFile {
  readonly body: Readable;
  readonly etag: string;
}

/** The rows of imports that failed, as they came. */
@Injectable()
export class FailedRowsService {
  constructor(
    private readonly imports: ImportsService,
    private readonly failedRows: FailedRowsRepository,
    private readonly database: Database,
  ) {}

  /**
   * The failed rows as CSV. No connection is held while the client reads.
   *
   * @throws Problem `import_not_found`, `forbidden`
   */
  async export(id: number, caller: Caller): Promise<FailedRowsFile> {
    const { etag } = await this.imports.getOrThrow(id, caller);
    const file = await this.failedRows.findFile(this.database, id);
    const lines = this.lines(id, file ?? { header: null, format: null, hasTags: false });
    return { body: Readable.from(lines), etag: `W/${etag}` };
  }

  private async *lines(id: number, file: FailedFile): AsyncGenerator<string> {
    const writer = new FailedRows(file);
    yield writer.headerLine();
    let [last, left] = [0, MAX_ERRORS];
    while (left > 0) {
      const limit = Math.min(left, ROWS_AT_ONCE);
      const rows = await this.failedRows.findRows(this.database, id, last, limit);
      if (rows.length > 0) yield rows.map((row) => writer.rowLine(row)).join('');
      if (rows.length < limit) return;
      last = rows.at(-1)?.line ?? last;
      left -= rows.length;
    }
  }
}

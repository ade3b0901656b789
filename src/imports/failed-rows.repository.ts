import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { type FailedFile, type FailedRow } from './file/failed-rows';

/** A row with its place in the file. */
export type PlacedRow = FailedRow & { readonly line: number };

/** The SQL of the rows of imports that failed. */
@Injectable()
export class FailedRowsRepository {
  /** How the file of an import is written; undefined if there is no such import. */
  async findFile(executor: Executor, importId: number): Promise<FailedFile | undefined> {
    const [row] = await executor.rows('SELECT to_json(header), format, has_tags FROM imports WHERE id = $1', [
      importId,
    ]);
    return row && ({ header: parsed(row[0]), format: parsed(row[1]), hasTags: row[2] === 't' } as FailedFile);
  }

  /** The first rows after a line. @param limit a row can be long */
  async findRows(executor: Executor, importId: number, after: number, limit: number): Promise<PlacedRow[]> {
    const rows = await executor.rows(
      `SELECT line, to_json(fields), name, price, sku, to_json(tags), faults FROM import_rows
       WHERE import_id = $1 AND line > $2 AND faults IS NOT NULL ORDER BY line LIMIT $3`,
      [importId, after, limit],
    );
    return rows.map(
      ([line, fields, name, price, sku, tags, faults]) =>
        ({
          line: Number(line),
          fields: parsed(fields),
          name,
          price,
          sku,
          tags: parsed(tags),
          faults: parsed(faults),
        }) as PlacedRow,
    );
  }
}

function parsed(json: string | null | undefined): unknown {
  return json === null || json === undefined ? null : JSON.parse(json);
}

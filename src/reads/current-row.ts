import { type Row } from '../database/executor';
import { etagOf, type RowShape } from './row-shape';

/**
 * The version of a row: the id of the transaction that wrote it (`xmin`). It changes with every write, also with one
 * that is not ours.
 */
export type RowVersion = string;

/** A row of a store, as it was before a write. */
export interface CurrentRow<Version = RowVersion> {
  /** the owner of the store */
  readonly ownerId: number;
  readonly etag: string;
  readonly version: Version;
}

/** The columns of a CurrentRow: those of the shape for the entity tag, and two more. */
export class CurrentRowShape<Dto> {
  /** The list of columns after SELECT; `s` must be the store. */
  readonly select: string;

  /** @param alias the alias of the row's table */
  constructor(shape: RowShape<Dto>, alias: string) {
    this.select = `${shape.select}, s.owner_id, ${alias}.xmin`;
  }

  read(row: Row): CurrentRow {
    return { ownerId: Number(row.at(-2)), version: row.at(-1) ?? '', etag: etagOf(row.slice(0, -2)) };
  }
}

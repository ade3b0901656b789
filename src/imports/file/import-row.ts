/** What is wrong with a member of a row. */
export interface RowFault {
  /** `/price`; `` for the whole row */
  readonly pointer: string;
  readonly message: string;
}

/** The members of an item as a file has them, before they are checked. Undefined members are not in the file. */
export interface RawItem {
  readonly name?: unknown;
  readonly price?: unknown;
  readonly sku?: unknown;
  readonly tags?: unknown;
}

/** A row of a file. */
export interface RawRow {
  /** where it ends, counted from 1 */
  readonly line: number;
  readonly item: RawItem;
  /** what was found wrong when it was read */
  readonly faults: readonly RowFault[];
  /** the texts of its fields, as they came */
  readonly fields: readonly string[];
}

/** A row that was checked. */
export type ImportRow =
  | {
      readonly line: number;
      readonly name: string;
      /** as PostgreSQL reads it */
      readonly price: string;
      readonly sku: string | null;
      /** null if the file has none for this row: its item keeps those that it has */
      readonly tags: readonly string[] | null;
    }
  | BadRow;

/** A row that is not written. */
export interface BadRow {
  readonly line: number;
  /** null if it has none, or none that an item can have: later rows with the same one are bad, too */
  readonly sku: string | null;
  /** empty if there are so many bad rows before it that it is not told */
  readonly faults: readonly RowFault[];
  readonly fields: readonly string[];
}

/** The file as a whole cannot be read. The message is for whoever sent it. */
export class FileFault extends Error {
  /** @param line where it is, counted from 1; undefined if it is nowhere in particular */
  constructor(
    message: string,
    readonly line?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

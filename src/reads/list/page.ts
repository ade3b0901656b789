import { type Row } from '../../database/executor';
import { etagOf, type RowShape } from '../row-shape';

/** One page of a list: its rows, and the cursor of the next page if there is one. */
export class Page<Dto> {
  constructor(
    private readonly shape: RowShape<Dto>,
    private readonly rows: readonly Row[],
    readonly limit: number,
    readonly next: string | undefined,
    /** how many rows the list has in total, if that was asked for */
    readonly total?: number,
  ) {}

  toJson(): string {
    return `[${this.rows.map((row) => this.shape.toJson(row)).join(',')}]`;
  }
}

/** A weak entity tag of everything that a client sees of a page. */
export function etagOfPage(...parts: readonly string[]): string {
  return `W/${etagOf(parts)}`;
}

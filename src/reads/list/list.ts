import { type RowShape } from '../row-shape';

/** A field to sort by, other than the id. */
export interface Sort<Dto> {
  /** SQL of what a row is sorted by */
  readonly column: string;
  /** the same made of the cursor's key, of which `$key` is the parameter */
  readonly key: string;
  /** the member whose text is that key */
  readonly member: keyof Dto;
  /** whether a text can be that key: a cursor may be forged, and PostgreSQL must take what it holds */
  readonly isKey: (text: string) => boolean;
}

/** A list of a table's rows. */
export interface List<Dto> {
  /** what cursors call it */
  readonly name: string;
  readonly shape: RowShape<Dto>;
  /** table and alias */
  readonly from: string;
  readonly alias: string;
  /** by the names of the fields in `sort`; the id needs none */
  readonly sorts: Readonly<Record<string, Sort<Dto>>>;
}

/** What narrows a list beyond that which its indexes have in the order of the list. */
export interface Filter {
  /** whether a row at hand passes; asks for a few rows at most, in a way that the planner cannot make a join of */
  readonly check: string;
  /** the same in words by which an index may find the rows, where they differ */
  readonly find?: string;
  /** SQL of the ids of all rows that pass, where an index gives them one after the other; in several parts, if need be */
  readonly ids?: readonly string[];
  /** whether they are few in any case */
  readonly isFew?: true;
  /** whether it takes a look at every row to tell them */
  readonly isDear?: true;
  /** a column in which all rows that pass have one value, SQL of which this is */
  readonly range?: Range;
}

/** A column that an index for each sort begins with, and the value that the rows must have there. */
export interface Range {
  readonly column: string;
  readonly value: string;
}

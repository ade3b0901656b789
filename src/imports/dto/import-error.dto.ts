/** What is wrong with a row of a file, or with the change of an item. */
export class ImportErrorDto {
  /** @example 1 */
  id!: number;

  /**
   * the line in the file where the row ends, counted from 1; of an edit: the number of the item in the order of ids; 0
   * for an item that an undo has left alone
   * @example 17
   */
  line!: number;

  /**
   * the member, such as `/price`; empty for the whole row
   * @example /price
   */
  pointer!: string;

  /** @example 'must have at most 2 decimals' */
  message!: string;
}

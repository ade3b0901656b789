/** What is wrong with a row of a file. */
export class ImportErrorDto {
  /** @example 1 */
  id!: number;

  /**
   * the line in the file where the row ends, counted from 1
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

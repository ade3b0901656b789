import { CURSOR_RULE, isCursor } from './cursor';
import { OneOf, Optional, QueryNumber, Rule } from '../input/rules';

/** What every list takes. */
export class PageQueryDto {
  /**
   * how many rows at most
   * @example 20
   */
  @QueryNumber(1, 100)
  limit: number = 20;

  /** where to go on: taken from a `Link` header, never made by hand */
  @Optional()
  @Rule((value) => (typeof value === 'string' && isCursor(value) ? undefined : CURSOR_RULE))
  cursor?: string;

  /**
   * the field to sort by, with `-` in front descending
   * @example id
   */
  @OneOf('id', '-id')
  sort: string = 'id';
}

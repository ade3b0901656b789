import { CURSOR_RULE, isCursor } from '../../reads/list/cursor';
import { OneOf, Optional, QueryNumber, Rule, Switch } from '../input/rules';

/** People who jump seldom go further, and a jump reads all that it skips. */
const MAX_ROW = 10_000;

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
   * a page to jump to, up to row 10,000; beyond it, and to go through a list, use `cursor`
   * @example 1
   */
  @Optional()
  // Of the two the upper one is heard where both have something to say.
  @Rule((value, dto) => pageFault(value, dto as PageQueryDto))
  @QueryNumber(1, MAX_ROW)
  page?: number;

  /**
   * whether to count the rows of the list, for `X-Total-Count`
   * @example true
   */
  @Switch()
  count: boolean = false;

  /**
   * the field to sort by, with `-` in front descending
   * @example id
   */
  @OneOf('id', '-id')
  sort: string = 'id';
}

function pageFault(page: unknown, { limit, cursor }: PageQueryDto): string | undefined {
  if (cursor !== undefined) return 'cannot be given together with cursor';
  const isBeyond = /^\d+$/.test(String(page)) && typeof limit === 'number' && Number(page) * limit > MAX_ROW;
  return isBeyond ? `goes up to row ${MAX_ROW}; use cursor to go further` : undefined;
}

import { CURSOR_RULE, isCursor } from '../../reads/list/cursor';
import { OneOf, Optional, QueryNumber, Rule, Switch } from '../input/rules';

/** The limit of a jump, because it reads all rows that it skips. */
const MAX_ROW = 10_000;

/** The query parameters of every list. */
export class PageQueryDto {
  /**
   * the most rows that the page has
   * @example 20
   */
  @QueryNumber(1, 100)
  limit: number = 20;

  /** where the page begins, taken from the `Link` header of another page; not together with `page` */
  @Optional()
  @Rule((value) => (typeof value === 'string' && isCursor(value) ? undefined : CURSOR_RULE))
  cursor?: string;

  /**
   * a page to jump to, up to row 10,000; to go further, or through the whole list, use `cursor`
   */
  @Optional()
  // If both rules find a fault, the message of the upper one is used.
  @Rule((value, dto) => pageFault(value, dto as PageQueryDto))
  @QueryNumber(1, MAX_ROW)
  page?: number;

  /**
   * whether to count the rows of the list, for `X-Total-Count`
   * @example false
   */
  @Switch()
  count: boolean = false;

  /**
   * the field to sort by; `-` in front sorts descending
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

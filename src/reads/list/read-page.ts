import { type Reader, type Row } from '../../database/executor';
import { encodeCursor } from './cursor';
import { type Filter, type Range } from './filter';
import { type FiltersOf, type List, type ListSource, type PageQuery } from './list';
import { type ListRequest, readRequest } from './list-request';
import { ListSql } from './list-sql';
import { Narrowing } from './narrowing';
import { Page } from './page';

/** How many rows are walked in the order of the list, to see whether what is asked for is common. */
const WALK = 4000;

/** How many are walked where it is known to be common, but may begin further on: behind an import without the tag. */
const LONG_WALK = 20_000;

/** A filter with so few rows is selective: all of them are read and sorted. */
const FEW = 5000;

/** With so few rows that is cheaper than to walk first. */
const VERY_FEW = 500;

/**
 * Reads one page of a list. Pages go by key ("rows after this one"), so that each costs the same at any depth and none
 * skips or repeats a row while others write.
 *
 * @throws CursorError when the cursor belongs to another list, sort or filters
 */
export async function readPage<Dto extends { id: number }, Query extends PageQuery>(
  reader: Reader,
  list: List<Dto, FiltersOf<Query>>,
  query: Query,
): Promise<Page<Dto>> {
  const request = readRequest(list, query, query);
  const narrowing = Narrowing.of(list, request, query);
  return new PageReader(reader, list, request, narrowing).read();
}

/**
 * Chooses the statements of one list request.
 *
 * Without filters a page is read along an index in the order of the list. With filters it depends on how many rows pass
 * and where they stand, which the planner's statistics do not tell well enough: it would walk along the index for
 * seconds, looking for rows that do not exist, or collect and sort nearly all rows. So the choice is not left to them:
 *
 * 1. Where a filter has few rows, these are read and the rest is checked on each.
 * 2. Else the next rows in the order of the list are checked. What is common fills a page from them.
 * 3. What does not is rare, or stands elsewhere: all rows that pass are found, and sorted.
 */
class PageReader<Dto extends { id: number }> {
  private readonly sql: ListSql<Dto>;

  constructor(
    private readonly reader: Reader,
    private readonly list: ListSource<Dto>,
    private readonly request: ListRequest<Dto>,
    private readonly narrowing: Narrowing,
  ) {
    this.sql = new ListSql(list, request, narrowing);
  }

  async read(): Promise<Page<Dto>> {
    const { limit, count } = this.request;
    const counting = count ? this.planned(this.sql.count()) : undefined;
    const [rows, counted] = await Promise.all([this.readRows(), counting]);
    const total = counted && Number(counted[0]?.[0]);
    // One row more than is shown tells that there is a next page.
    const shown = rows.length > limit ? rows.slice(0, limit) : rows;
    return new Page(this.list.shape, shown, limit, this.cursorAfter(rows), total);
  }

  private async readRows(): Promise<Row[]> {
    const { filters } = this.narrowing;
    if (filters.length === 0) return this.readNext();
    const selective = await this.findSelective(filters.filter(({ ids, isExpensive }) => ids && !isExpensive));
    if (selective.size > VERY_FEW) {
      const areCommon = selective.size > FEW && filters.every(({ ids, isExpensive }) => ids && !isExpensive);
      const rows = await this.planned(this.sql.nextThatPass(areCommon ? LONG_WALK : WALK));
      if (rows.length > this.request.limit) return rows;
    }
    const { size, filter } = selective.filter
      ? selective
      : await this.findSelective(filters.filter(({ isExpensive }) => isExpensive));
    if (size === 0) return [];
    return this.planned(filter ? this.sql.ofFew(filter) : this.sql.allThatPass());
  }

  private async readNext(): Promise<Row[]> {
    const text = this.sql.next();
    return this.request.page === undefined
      ? this.reader.steady(text, this.narrowing.values.list)
      : this.planned(text);
  }

  private async planned(text: string): Promise<Row[]> {
    return this.reader.planned(...this.narrowing.values.statement(text));
  }

  /** Which of these filters has the fewest rows, and how many, counted as far as they are few; none if they are not. */
  private async findSelective(
    filters: readonly Filter[],
  ): Promise<{ size: number; filter?: Filter | undefined }> {
    const known = filters.find(({ isFew }) => isFew);
    if (known) return { size: 1, filter: known };
    if (filters.length === 0) return { size: Infinity };
    const sizes = await this.countRows(filters);
    const size = Math.min(...sizes);
    return size > FEW ? { size } : { size, filter: filters[sizes.indexOf(size)] };
  }

  /** How many rows each filter has, up to one more than are few. The one value of a column comes with it, and narrows. */
  private async countRows(filters: readonly Filter[]): Promise<number[]> {
    const range = filters.find((filter) => filter.range)?.range;
    const counts = filters.map(({ ids = [] }) => this.sql.countUpTo(FEW + 1, ids));
    const [[value = null, ...sizes] = []] = await this.planned(
      `SELECT ${[range?.value ?? 'NULL', ...counts].join(', ')}`,
    );
    if (range && value !== null) this.narrowTo(range, value);
    return sizes.map(Number);
  }

  private narrowTo({ column }: Range, value: string): void {
    const { narrowing } = this;
    if (!narrowing.range) narrowing.within(column, narrowing.value(value));
  }

  private cursorAfter(rows: readonly Row[]): string | undefined {
    const { limit, sort, mark } = this.request;
    const last = rows[limit - 1];
    if (rows.length <= limit || !last) return undefined;
    const { shape } = this.list;
    const key = sort && (shape.textOf(last, sort.member) ?? undefined);
    return encodeCursor({ mark, id: Number(shape.textOf(last, 'id')), key });
  }
}

import { type Reader, type Row } from '../../database/executor';
import { encodeCursor } from './cursor';
import { type Filter, type Range } from './filter';
import { type FiltersOf, type List, type ListSource, type PageQuery } from './list';
import { type ListRequest, readRequest } from './list-request';
import { ListSql } from './list-sql';
import { Narrowing } from './narrowing';
import { Page } from './page';

/** How many rows are read in the order of the list and checked, to find out whether rows that pass are common. */
const SCAN_ROWS = 4000;

/**
 * The same when they are known to be common: they may come later in the list, for example after an import without the
 * tag.
 */
const LONG_SCAN_ROWS = 20_000;

/** A filter with at most this many rows is selective: all its rows are read and sorted. */
const FEW = 5000;

/** With at most this many rows, that is cheaper than reading in the order of the list first. */
const VERY_FEW = 500;

/**
 * Reads one page of a list by key ("rows after this one"). So every page costs the same at any depth, and no page skips
 * or repeats a row while others write.
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
 * Without filters, an index gives the rows in the order of the list. With filters, the best way depends on how many
 * rows pass and where they are in that order. The planner's statistics are not good enough for this choice: it would
 * scan the index for seconds for rows that do not exist, or read and sort nearly all rows. So this class chooses:
 *
 * 1. If a filter has few rows, these are read, and the other filters are checked on each.
 * 2. If not, the next rows in the order of the list are checked. If rows that pass are common, they fill the page.
 * 3. If they do not fill it, they are rare or come later in the list: all rows that pass are read and sorted.
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
    // The statement reads one row more than the page has; if it exists, there is a next page.
    const shown = rows.length > limit ? rows.slice(0, limit) : rows;
    return new Page(this.list.shape, shown, limit, this.cursorAfter(rows), total);
  }

  private async readRows(): Promise<Row[]> {
    const { filters } = this.narrowing;
    if (filters.length === 0) return this.readNext();
    const selective = await this.findSelective(filters.filter(({ ids, isExpensive }) => ids && !isExpensive));
    if (selective.size > VERY_FEW) {
      const areCommon = selective.size > FEW && filters.every(({ ids, isExpensive }) => ids && !isExpensive);
      const rows = await this.planned(this.sql.nextThatPass(areCommon ? LONG_SCAN_ROWS : SCAN_ROWS));
      if (rows.length > this.request.limit) return rows;
    }
    const { size, filter } = selective.filter
      ? selective
      : await this.findSelective(filters.filter(({ isExpensive }) => isExpensive));
    if (size === 0) return [];
    return this.planned(filter ? this.sql.ofSelective(filter) : this.sql.allThatPass());
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

  /** Finds the filter with the fewest rows, and their number; no filter when each has more than FEW. */
  private async findSelective(
    filters: readonly Filter[],
  ): Promise<{ size: number; filter?: Filter | undefined }> {
    const known = filters.find(({ isSelective }) => isSelective);
    if (known) return { size: 1, filter: known };
    if (filters.length === 0) return { size: Infinity };
    const sizes = await this.countRows(filters);
    const size = Math.min(...sizes);
    return size > FEW ? { size } : { size, filter: filters[sizes.indexOf(size)] };
  }

  /**
   * Counts the rows of each filter, up to FEW + 1. The same statement reads the value of a filter's range, and the list
   * is narrowed to it.
   */
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
    if (!narrowing.range) narrowing.whereEquals(column, narrowing.value(value));
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

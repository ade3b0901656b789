/** A page of a list. */
export interface Page<Row> {
  readonly rows: Row[];
  /** how many rows the whole list has, if it was asked with `count: true` */
  readonly total: number | undefined;
  /** reads the next page; undefined on the last */
  readonly next: (() => Promise<Page<Row>>) | undefined;
}

/**
 * A list: `await` reads one page, `for await` all rows from there on, page by page. Nothing is read before.
 */
export class List<Row> implements PromiseLike<Page<Row>>, AsyncIterable<Row> {
  private first: Promise<Page<Row>> | undefined;

  constructor(private readonly read: () => Promise<Page<Row>>) {}

  /** For `await`. */
  then<A = Page<Row>, B = never>(
    onFulfilled?: ((page: Page<Row>) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.page().then(onFulfilled, onRejected);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Row> {
    for await (const { rows } of this.pages()) yield* rows;
  }

  async *pages(): AsyncIterable<Page<Row>> {
    let page: Page<Row> | undefined = await this.page();
    while (page) {
      yield page;
      page = await page.next?.();
    }
  }

  /** All rows at once. */
  async all(): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const row of this) rows.push(row);
    return rows;
  }

  private page(): Promise<Page<Row>> {
    this.first ??= this.read();
    return this.first;
  }
}

/**
 * The query of the link to the next page. Its path is not used, because a proxy may have changed it.
 *
 * @param link a `Link` header (RFC 8288)
 */
export function nextQuery(link: string | null): Record<string, string | string[]> | undefined {
  const query = /<[^>?]*\?([^>]*)>;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (query === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? '')];
    }),
  );
}

import fc from 'fast-check';
import { Values } from '../../database/statement';
import { Problem } from '../problems/problem';
import { PageQueryDto } from './page-query.dto';
import { Page, PageRequest } from './page';

const FILTERS = { storeId: 7, sku: 'x' };
const listRequest = (query: Partial<PageQueryDto>, list = 'items', filters: object = FILTERS) =>
  new PageRequest(Object.assign(new PageQueryDto(), query), list, filters);

/** The cursor that a full page ending with this id gives. */
function cursorAfter(
  id: number,
  ...[query = {}, list, filters]: Partial<Parameters<typeof listRequest>>
): string {
  const { next } = listRequest({ ...query, limit: 1 }, list, filters).page([{ id }, { id: 1 }]);
  if (next === undefined) throw new Error('no cursor');
  return next;
}

/** The condition of a request, and the values of its parameters. */
function conditionOf<T extends { id: number }>(request: PageRequest<T>): [string, ...unknown[]] {
  const values = new Values();
  return [request.condition('id', values.add), ...values.list];
}

/** The faults of the problem that a cursor meets. */
function faultsOf(...args: Parameters<typeof listRequest>): unknown {
  try {
    listRequest(...args);
  } catch (error) {
    if (error instanceof Problem) return { status: error.type.status, errors: error.errors };
    throw error;
  }
  return undefined;
}

const REFUSED = {
  status: 400,
  errors: [{ parameter: 'cursor', message: expect.any(String) as string }],
};

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('PageRequest', () => {
  it.each(['id', '-id'])('starts before all rows by %s', (sort) => {
    expect(conditionOf(listRequest({ sort }))).toEqual(['TRUE']);
  });

  it('goes by another field and then the id, both ways', () => {
    const sorts = {
      name: { column: 'lower(name)', key: 'lower($key)', keyOf: ({ name }: { name: string }) => name },
    };
    for (const [sort, comparison, direction] of [
      ['name', '>', 'ASC'],
      ['-name', '<', 'DESC'],
    ] as const) {
      const query = Object.assign(new PageQueryDto(), { sort, limit: 1 });
      const first = new PageRequest<{ id: number; name: string }>(query, 'items', {}, sorts);
      expect(first.orderBy('id')).toBe(`lower(name) ${direction}, id ${direction}`);
      const { next } = first.page([
        { id: 5, name: "O'Hara" },
        { id: 6, name: 'P' },
      ]);
      const second = new PageRequest<{ id: number; name: string }>(
        Object.assign(new PageQueryDto(), { sort, limit: 1, cursor: next }),
        'items',
        {},
        sorts,
      );
      expect(conditionOf(second)).toEqual([`(lower(name), id) ${comparison} (lower($2), $1)`, 5, "O'Hara"]);
    }
  });

  it('goes on where its own cursor ends', () => {
    fc.assert(
      fc.property(id, fc.constantFrom('id', '-id'), fc.integer({ min: 1, max: 100 }), (last, sort, limit) => {
        const cursor = cursorAfter(last, { sort });
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(conditionOf(listRequest({ sort, limit, cursor }))).toEqual([
          `id ${sort === 'id' ? '>' : '<'} $1`,
          last,
        ]);
      }),
    );
  });

  it('takes the cursor whatever the order of the filters', () => {
    const cursor = cursorAfter(5);
    expect(conditionOf(listRequest({ cursor }, 'items', { sku: 'x', storeId: 7 }))).toEqual(['id > $1', 5]);
  });

  it.each<[string, Parameters<typeof listRequest>]>([
    ['another sort', [{ sort: '-id' }]],
    ['another list', [{}, 'tags']],
    ['another filter', [{}, 'items', { storeId: 8, sku: 'x' }]],
    ['a filter less', [{}, 'items', { storeId: 7 }]],
    ['no filter', [{}, 'items', {}]],
    ['the values exchanged', [{}, 'items', { storeId: 'x', sku: 7 }]],
  ])('refuses the cursor of %s', (_name, other) => {
    expect(faultsOf({ cursor: cursorAfter(5, ...other) })).toEqual(REFUSED);
  });

  it('refuses a cursor in which anything but the number was changed', () => {
    const text = (cursor: string) => Buffer.from(cursor, 'base64url').toString();
    const mark = text(cursorAfter(5)).split(',')[0] ?? '';
    const sign = fc.constantFrom(...Array.from('ABCXYZabcxyz0189-_=+/. '));
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.string({ unit: sign, maxLength: 2 }));
    fc.assert(
      fc.property(id, change, (last, [where, removed, added]) => {
        const cursor = cursorAfter(last);
        const changed = Array.from(cursor);
        changed.splice(where % (cursor.length + 1), removed, added);
        const forged = changed.join('');
        fc.pre(forged !== cursor);
        // Another number behind the same mark is a cursor of this list, as long as it is spelled as a cursor is.
        const number = Number(text(forged).slice(mark.length + 1, -1));
        fc.pre(!(Number.isSafeInteger(number) && number > 0 && forged === cursorAfter(number)));
        expect(faultsOf({ cursor: forged })).toEqual(REFUSED);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['0', '-1', '1.5', '1e3', '"1"', 'null', '9007199254740992', '01'])(
    'refuses a cursor with the number %s',
    (number) => {
      const text = Buffer.from(cursorAfter(5), 'base64url').toString();
      const cursor = Buffer.from(text.replace(/,5\]$/, `,${number}]`)).toString('base64url');
      expect(faultsOf({ cursor })).toEqual(REFUSED);
    },
  );

  it('refuses any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (cursor) => {
        expect(faultsOf({ cursor })).toEqual(REFUSED);
      }),
    );
  });
});

describe('page', () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index + 1 }));

  it.each([
    [0, 0, false],
    [1, 1, false],
    [3, 3, false],
    [4, 3, true],
  ])('shows of %i rows %i, and a next: %p', (found, shown, hasNext) => {
    const page = listRequest({ limit: 3 }).page(rows(found));
    expect(page.rows).toEqual(rows(shown));
    expect(page.next !== undefined).toBe(hasNext);
  });

  it('walks over every row once', () => {
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('id', '-id'),
        (count, limit, sort) => {
          const all = sort === 'id' ? rows(count) : rows(count).reverse();
          const seen: { id: number }[] = [];
          let cursor: string | undefined;
          do {
            const request = listRequest({ limit, sort, ...(cursor !== undefined && { cursor }) });
            const [condition, after] = conditionOf(request) as [string, number];
            const found = all.filter((row) => {
              if (condition === 'TRUE') return true;
              return condition === 'id > $1' ? row.id > after : row.id < after;
            });
            const page = request.page(found.slice(0, limit + 1));
            seen.push(...page.rows);
            cursor = page.next;
          } while (cursor !== undefined);
          expect(seen).toEqual(all);
        },
      ),
    );
  });

  it('keeps its place when its rows are mapped', () => {
    const page = new Page([1, 2], 2, 'cursor');
    expect(page.map((row) => row * 10)).toEqual(new Page([10, 20], 2, 'cursor'));
  });
});

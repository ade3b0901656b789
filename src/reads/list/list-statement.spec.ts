import { type Row } from '../../database/executor';
import { type Statements } from '../statements';
import { Problem } from '../../common/problems/problem';
import { decimal, integer, RowShape, text } from '../row-shape';
import { type List } from './list';
import { ListStatement } from './list-statement';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { byPrice, byText } from './sorts';

interface ThingDto {
  id: number;
  name: string;
  price: number;
}

const THINGS: List<ThingDto> = {
  name: 'things',
  shape: new RowShape<ThingDto>({ id: integer('t.id'), name: text('t.name'), price: decimal('t.price') }),
  from: 'things t',
  alias: 't',
  sorts: { name: byText('t.name', 'name'), price: byPrice('t.price', 'price') },
};

const FILTERS = { storeId: 7, sku: 'x' };
const list = (query: Partial<PageQueryDto> = {}, filters: object = FILTERS, of = THINGS) =>
  new ListStatement(of, Object.assign(new PageQueryDto(), query), filters);

/** What is asked of the database, which has these rows. */
async function read(statement: ListStatement<ThingDto>, rows: Row[] = []) {
  const asked: { how: string; sql: string; values: unknown[] }[] = [];
  const answer = (how: string) => (sql: string, values: unknown[]) => {
    asked.push({ how, sql: sql.replace(/\s+/g, ' ').trim(), values: [...values] });
    return Promise.resolve(sql.startsWith('SELECT count') ? [['42']] : rows);
  };
  const statements = { steady: answer('steady'), planned: answer('planned') } as unknown as Statements;
  return { page: await statement.read(statements), asked };
}

const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => [String(index + 1), `name ${index + 1}`, '1.50']);

/** The cursor behind the first row. */
async function cursorOf(...args: Parameters<typeof list>): Promise<string> {
  const [query, ...rest] = args;
  const { page } = await read(list({ ...query, limit: 1 }, ...rest), rows(2));
  return page.next ?? '';
}

function faultsOf(...args: Parameters<typeof list>): unknown {
  try {
    list(...args);
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

describe('a list statement', () => {
  it('reads one row more than it shows, by the id', async () => {
    const { page, asked } = await read(list({ limit: 3 }).where('t.a', 't.b'), rows(4));
    expect(asked).toEqual([
      {
        how: 'steady',
        sql: 'SELECT t.id, t.name, t.price FROM things t WHERE t.a AND t.b ORDER BY t.id ASC LIMIT 4',
        values: [],
      },
    ]);
    expect((JSON.parse(page.toJson()) as ThingDto[]).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(page.next).toBeDefined();
    expect(page.total).toBeUndefined();
  });

  it.each([
    [0, 0, false],
    [1, 1, false],
    [3, 3, false],
    [4, 3, true],
  ])('shows of %i rows %i, and a next: %p', async (found, shown, hasNext) => {
    const { page } = await read(list({ limit: 3 }), rows(found));
    expect(JSON.parse(page.toJson())).toHaveLength(shown);
    expect(page.next !== undefined).toBe(hasNext);
  });

  it.each<[string, string, unknown[]]>([
    ['id', 't.id > $1', [1]],
    ['-id', 't.id < $1', [1]],
    ['name', '(lower(t.name), t.id) > (lower($2 COLLATE "und-x-icu"), $1)', [1, 'name 1']],
    ['-name', '(lower(t.name), t.id) < (lower($2 COLLATE "und-x-icu"), $1)', [1, 'name 1']],
    ['price', '(t.price, t.id) > ($2::numeric, $1)', [1, '1.50']],
    ['-price', '(t.price, t.id) < ($2::numeric, $1)', [1, '1.50']],
  ])('goes on behind a row by %s', async (sort, condition, values) => {
    const { asked } = await read(list({ sort, limit: 5, cursor: await cursorOf({ sort }) }));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.sql).toContain(` WHERE ${condition} ORDER BY `);
    expect(asked[0]?.values).toEqual(values);
  });

  it('goes on by way of another table', async () => {
    const statement = list({ cursor: await cursorOf() });
    const { asked } = await read(statement.through('links l', 'l.thing_id'));
    expect(asked[0]?.sql).toBe(
      'SELECT t.id, t.name, t.price FROM (SELECT l.thing_id AS id FROM links l WHERE l.thing_id > $1 ORDER BY l.thing_id ASC LIMIT 21) AS page JOIN things t ON t.id = page.id ORDER BY page.id ASC',
    );
  });

  it('counts with the filters and without the cursor', async () => {
    const statement = list({ count: true, cursor: await cursorOf() });
    statement.where(`t.a = ${statement.value('x')}`);
    const { page, asked } = await read(statement);
    expect(page.total).toBe(42);
    expect(asked).toContainEqual({
      how: 'planned',
      sql: 'SELECT count(*) FROM things t WHERE t.a = $1',
      values: ['x'],
    });
  });

  it('jumps to a page, planned for it, and gives the cursor behind it', async () => {
    const { page, asked } = await read(list({ page: 3, limit: 4, sort: '-price' }), rows(5));
    expect(asked[0]).toMatchObject({ how: 'planned', values: [] });
    expect(asked[0]?.sql).toContain('ORDER BY t.price DESC, t.id DESC LIMIT 5 OFFSET 8');
    const { asked: askedNext } = await read(
      list({ sort: '-price', ...(page.next !== undefined && { cursor: page.next }) }),
    );
    expect(askedNext[0]?.values).toEqual([4, '1.50']);
  });

  it('takes a cursor with another limit and order of filters', async () => {
    const cursor = await cursorOf();
    expect(faultsOf({ cursor, limit: 99, count: true })).toBeUndefined();
    expect(faultsOf({ cursor }, { sku: 'x', storeId: 7 })).toBeUndefined();
  });

  it.each<[string, Parameters<typeof list>]>([
    ['another sort', [{ sort: 'name' }]],
    ['another direction', [{ sort: '-id' }]],
    ['another list', [{}, FILTERS, { ...THINGS, name: 'other things' }]],
    ['another filter', [{}, { storeId: 8, sku: 'x' }]],
    ['a filter less', [{}, { storeId: 7 }]],
    ['no filter', [{}, {}]],
    ['the values exchanged', [{}, { storeId: 'x', sku: 7 }]],
    ['a filter in another type', [{}, { storeId: '7', sku: 'x' }]],
  ])('refuses the cursor of %s', async (_what, other) => {
    expect(faultsOf({ cursor: await cursorOf(...other) })).toEqual(REFUSED);
  });

  it('refuses a cursor with a key that the field cannot have', async () => {
    const forge = (cursor: string, ...parts: unknown[]) => {
      const [mark] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
      return Buffer.from(JSON.stringify([mark, ...parts])).toString('base64url');
    };
    const [byId, byName, byTag] = [
      await cursorOf(),
      await cursorOf({ sort: 'name' }),
      await cursorOf({ sort: 'price' }),
    ];
    expect(faultsOf({ cursor: forge(byId, 5) })).toBeUndefined();
    expect(faultsOf({ cursor: forge(byId, 5, '5') })).toEqual(REFUSED);
    expect(faultsOf({ sort: 'name', cursor: forge(byName, 5, 'any') })).toBeUndefined();
    expect(faultsOf({ sort: 'name', cursor: forge(byName, 5) })).toEqual(REFUSED);
    expect(faultsOf({ sort: 'price', cursor: forge(byTag, 5, '1.00') })).toBeUndefined();
    expect(faultsOf({ sort: 'price', cursor: forge(byTag, 5, 'NaN') })).toEqual(REFUSED);
  });
});

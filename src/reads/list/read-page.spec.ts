import { type Reader, type Row } from '../../database/executor';
import { integer, RowShape, text } from '../row-shape';
import { CursorError } from './list-request';
import { type List, option, type PageQuery, sortNames } from './list';
import { readPage } from './read-page';
import { byText } from './sorts';

interface ThingDto {
  id: number;
  name: string;
  size: string;
}

interface ThingQuery extends PageQuery {
  readonly storeId?: number | string;
  readonly sku?: number | string;
  readonly isNew?: boolean;
  readonly linkedTo?: number;
  readonly minSize?: string;
  readonly mode?: string;
}

const THINGS: List<ThingDto, Omit<ThingQuery, keyof PageQuery>> = {
  name: 'things',
  shape: new RowShape<ThingDto>({ id: integer('t.id'), name: text('t.name'), size: text('t.size') }),
  from: 'things t',
  alias: 't',
  sorts: {
    name: byText('t.name', 'name'),
    size: {
      column: 't.size',
      key: '$key::numeric',
      member: 'size',
      isKey: (key) => /^\d\.\d\d$/.test(key),
    },
  },
  filters: {
    storeId: (list, id) => {
      list.whereEquals('t.store_id', list.value(id));
    },
    sku: (list, sku) => {
      list.filter({ check: `t.sku = ${list.value(sku)}` });
    },
    isNew: (list) => {
      list.whereInSort('id', 't.is_new');
    },
    linkedTo: (list, id) => {
      if (list.isOnlyById('linkedTo')) {
        list.readIdsFrom('links l', 'l.thing_id');
        list.whereEquals('l.other_id', list.value(id));
      } else list.filter({ check: `t.other_id = ${list.value(id)}` });
    },
    minSize: (list, size) => {
      list.whereInSort('size', `t.size >= ${list.value(size)}`);
    },
    mode: option,
  },
};

const QUERY: PageQuery = { limit: 20, count: false, sort: 'id' };

/** What is asked of the database, which has these rows. */
async function read(query: Partial<ThingQuery> = {}, rows: Row[] = [], list = THINGS) {
  const asked: { how: string; sql: string; values: unknown[] }[] = [];
  const answer = (how: string) => (sql: string, values: readonly unknown[]) => {
    asked.push({ how, sql: sql.replace(/\s+/g, ' ').trim(), values: [...values] });
    return Promise.resolve(sql.startsWith('SELECT count') ? [['42']] : rows);
  };
  const reader: Reader = {
    steady: answer('steady'),
    planned: answer('planned'),
    byKey: () => Promise.resolve(undefined),
  };
  const page = await readPage<ThingDto, ThingQuery>(reader, list, { ...QUERY, ...query });
  return { page, asked };
}

const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => [String(index + 1), `name ${index + 1}`, '1.50']);

/** The cursor behind the first row. */
async function cursorOf(query: Partial<ThingQuery> = {}, list = THINGS): Promise<string> {
  const { page } = await read({ ...query, limit: 1 }, rows(2), list);
  return page.next ?? '';
}

describe('sortNames', () => {
  it('has the id and every declared field, in both directions', () => {
    expect(sortNames(THINGS)).toEqual(['id', '-id', 'name', '-name', 'size', '-size']);
  });
});

describe('readPage', () => {
  it('reads one row more than it shows, by the id', async () => {
    const { page, asked } = await read({ limit: 3, isNew: true }, rows(4));
    expect(asked).toEqual([
      {
        how: 'steady',
        sql: 'SELECT t.id, t.name, t.size FROM things t WHERE t.is_new ORDER BY t.id ASC LIMIT 4',
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
    const { page } = await read({ limit: 3 }, rows(found));
    expect(JSON.parse(page.toJson())).toHaveLength(shown);
    expect(page.next !== undefined).toBe(hasNext);
  });

  it.each<[string, string, unknown[]]>([
    ['id', 't.id > $1', [1]],
    ['-id', 't.id < $1', [1]],
    ['name', '(lower(t.name), t.id) > (lower($2 COLLATE "und-x-icu"), $1)', [1, 'name 1']],
    ['-name', '(lower(t.name), t.id) < (lower($2 COLLATE "und-x-icu"), $1)', [1, 'name 1']],
    ['size', '(t.size, t.id) > ($2::numeric, $1)', [1, '1.50']],
    ['-size', '(t.size, t.id) < ($2::numeric, $1)', [1, '1.50']],
  ])('goes on behind a row by %s', async (sort, condition, values) => {
    const { asked } = await read({ sort, limit: 5, cursor: await cursorOf({ sort }) });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.sql).toContain(` WHERE ${condition} ORDER BY `);
    expect(asked[0]?.values).toEqual(values);
  });

  it('goes on by way of another table', async () => {
    const { asked } = await read({ linkedTo: 7, cursor: await cursorOf({ linkedTo: 7 }) });
    expect(asked[0]?.sql).toBe(
      'SELECT t.id, t.name, t.size FROM (SELECT l.thing_id AS id FROM links l WHERE l.other_id BETWEEN $1 AND $1 AND (l.other_id, l.thing_id) > ($1, $2) ORDER BY l.other_id ASC, l.thing_id ASC LIMIT 21) AS page JOIN things t ON t.id = page.id ORDER BY page.id ASC',
    );
  });

  it('does not go by another table beside another filter or sort', async () => {
    for (const query of [
      { linkedTo: 7, sku: 'x' },
      { linkedTo: 7, sort: 'name' },
    ]) {
      const { asked } = await read(query);
      expect(asked.every(({ sql }) => !sql.includes('links'))).toBe(true);
    }
    expect((await read({ linkedTo: 7, mode: 'any' })).asked[0]?.sql).toContain('FROM links l');
  });

  it('takes a condition along with the sort whose index has it, and checks it on rows by another', async () => {
    const along = await read({ minSize: '2', sort: '-size' });
    expect(along.asked[0]).toMatchObject({ how: 'steady', values: ['2'] });
    expect(along.asked[0]?.sql).toContain('WHERE t.size >= $1 ORDER BY t.size DESC');
    expect((await read({ minSize: '2' })).asked[0]).toMatchObject({ how: 'planned' });
  });

  it('counts with the filters and without the cursor', async () => {
    const cursor = await cursorOf({ isNew: true });
    const { page, asked } = await read({ isNew: true, count: true, cursor });
    expect(page.total).toBe(42);
    expect(asked).toContainEqual({
      how: 'planned',
      sql: 'SELECT count(*) FROM things t WHERE t.is_new',
      values: [],
    });
  });

  it('jumps to a page, planned for it, and gives the cursor behind it', async () => {
    const { page, asked } = await read({ page: 3, limit: 4, sort: '-size' }, rows(5));
    expect(asked[0]).toMatchObject({ how: 'planned', values: [] });
    expect(asked[0]?.sql).toContain('ORDER BY t.size DESC, t.id DESC LIMIT 5 OFFSET 8');
    const { asked: askedNext } = await read({
      sort: '-size',
      ...(page.next !== undefined && { cursor: page.next }),
    });
    expect(askedNext[0]?.values).toEqual([4, '1.50']);
  });

  it('takes a cursor with another limit and order of filters', async () => {
    const cursor = await cursorOf({ storeId: 7, sku: 'x' });
    await read({ cursor, sku: 'x', storeId: 7, limit: 99, count: true });
  });

  it.each<[string, Partial<ThingQuery>, typeof THINGS]>([
    ['another sort', { storeId: 7, sku: 'x', sort: 'name' }, THINGS],
    ['another direction', { storeId: 7, sku: 'x', sort: '-id' }, THINGS],
    ['another list', { storeId: 7, sku: 'x' }, { ...THINGS, name: 'other things' }],
    ['another filter', { storeId: 8, sku: 'x' }, THINGS],
    ['a filter less', { storeId: 7 }, THINGS],
    ['a filter more', { storeId: 7, sku: 'x', isNew: true }, THINGS],
    ['another option', { storeId: 7, sku: 'x', mode: 'any' }, THINGS],
    ['no filter', {}, THINGS],
    ['the values exchanged', { storeId: 'x', sku: 7 }, THINGS],
    ['a filter in another type', { storeId: '7', sku: 'x' }, THINGS],
  ])('refuses the cursor of %s', async (_what, query, list) => {
    const cursor = await cursorOf(query, list);
    await expect(read({ storeId: 7, sku: 'x', cursor })).rejects.toThrow(CursorError);
  });

  it('refuses a cursor with a key that the field cannot have', async () => {
    const forge = (cursor: string, ...parts: unknown[]) => {
      const [mark] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
      return Buffer.from(JSON.stringify([mark, ...parts])).toString('base64url');
    };
    const [byId, byName, bySize] = [
      await cursorOf(),
      await cursorOf({ sort: 'name' }),
      await cursorOf({ sort: 'size' }),
    ];
    await read({ cursor: forge(byId, 5) });
    await read({ sort: 'name', cursor: forge(byName, 5, 'any') });
    await read({ sort: 'size', cursor: forge(bySize, 5, '1.00') });
    for (const query of [
      { cursor: forge(byId, 5, '5') },
      { sort: 'name', cursor: forge(byName, 5) },
      { sort: 'size', cursor: forge(bySize, 5, 'NaN') },
    ]) {
      await expect(read(query)).rejects.toThrow(CursorError);
    }
  });

  it('does not read a list by a sort that it has not declared', async () => {
    await expect(read({ sort: 'colour' })).rejects.toThrow('has no sort colour');
  });
});

import { parseStat, treeOf } from '../bench/cpu';
import {
  COLOURS,
  COMMON_WORD,
  countStores,
  loadDataSet,
  RARE_TAGS,
  RARE_WORD,
  tagId,
  UBIQUITOUS_TAG,
} from '../bench/data-set';
import { formatScenario, type Round } from '../bench/report';
import { median, percentile } from '../bench/statistics';
import { createTestDatabase, withClient } from './support/database';
import { describeSchema } from './support/schema';

describe('the data set', () => {
  const ITEMS = 2000;
  const load = async <T>(look: (sql: (text: string) => Promise<Record<string, unknown>[]>) => Promise<T>) => {
    const { connection, drop } = await createTestDatabase();
    const before = await withClient(connection, describeSchema);
    const result = await withClient(connection, async (client) => {
      await loadDataSet(client, { items: ITEMS });
      return look(async (text) => (await client.query<Record<string, unknown>>(text)).rows);
    });
    expect(await withClient(connection, describeSchema)).toEqual(before);
    await drop();
    return result;
  };
  const digest = (sql: (text: string) => Promise<Record<string, unknown>[]>) =>
    sql(
      ['stores', 'tags', 'items', 'item_tags']
        .map((table) => `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM ${table} t`)
        .join(' UNION ALL '),
    );

  it('has what it promises, and leaves the schema as it was', async () => {
    await load(async (sql) => {
      const stores = countStores(ITEMS);
      const [counts] = await sql(`
        SELECT count(*)::int AS items, min(id)::int, max(id)::int, count(DISTINCT store_id)::int AS stores,
          count(*) FILTER (WHERE name ILIKE '%${RARE_WORD}%')::int AS rare,
          round(avg((name ILIKE '%${COMMON_WORD}%')::int), 1)::float AS common,
          round(avg((sku IS NOT NULL)::int), 1)::float AS skus, bool_and(updated_at >= created_at) AS ordered
        FROM items`);
      expect(counts).toEqual({
        items: ITEMS,
        min: 1,
        max: ITEMS,
        stores,
        rare: 5,
        common: 0.5,
        skus: 0.9,
        ordered: true,
      });
      const tags = (items: string) => sql(`SELECT DISTINCT count(*)::int FROM item_tags l ${items}`);
      expect(await tags('GROUP BY item_id')).toEqual([{ count: 3 }]);
      expect(
        await tags(`JOIN tags t ON t.id = tag_id WHERE t.name = '${UBIQUITOUS_TAG}' GROUP BY ()`),
      ).toEqual([{ count: ITEMS }]);
      const named = Object.fromEntries(
        (await sql('SELECT id::int, name FROM tags')).map((t) => [t.id, t.name]),
      );
      for (const name of [UBIQUITOUS_TAG, ...COLOURS, ...RARE_TAGS]) {
        expect(named[tagId(stores, name)]).toBe(name === 'exclusive' ? `exclusive ${stores}` : name);
      }
      // The next one made is behind them.
      expect(
        await sql(
          `INSERT INTO items (name, price, store_id) VALUES ('x', 1, 1)
           RETURNING id::int, (SELECT count(*)::int FROM tags) AS tags`,
        ),
      ).toEqual([{ id: ITEMS + 1, tags: Object.keys(named).length }]);
    });
  });

  it('is the same every time', async () => {
    expect(await load(digest)).toEqual(await load(digest));
  });
});

describe('CPU time', () => {
  it('reads a line of /proc, whatever the program is called', () => {
    const line = `42 (a (b) c 1) S 7 42 42 0 -1 4194560 100 200 0 0 5 6 7 8 20 0 1 0 300 1000 50 18446744073709551615`;
    expect(parseStat(line)).toEqual({ pid: 42, parent: 7, cpuUs: 260_000 });
  });

  it('counts all that descend from a process, and nothing else', () => {
    const processes = [
      [1, 0],
      [5, 1],
      [4, 5],
      [9, 4],
      [8, 1],
      [7, 5],
    ].map(([pid = 0, parent = 0]) => ({ pid, parent, cpuUs: 0 }));
    expect(treeOf(5, processes).map(({ pid }) => pid)).toEqual([5, 4, 7, 9]);
    expect(treeOf(6, processes)).toEqual([]);
  });
});

describe('statistics', () => {
  it.each([
    [[3], 3, 3, 3],
    [[4, 1], 2.5, 1, 4],
    [[10, 9, 1], 9, 9, 10],
    [Array.from({ length: 200 }, (_, index) => 200 - index), 100.5, 100, 198],
  ])('of %j', (values, middle, p50, p99) => {
    expect([median(values), percentile(values, 0.5), percentile(values, 0.99)]).toEqual([middle, p50, p99]);
  });

  it('shows ratios round by round, and whether the target is met', () => {
    const at = (totalCpu: number, faults: string[] = []) => ({
      throughput: 1000,
      p50: 1,
      p99: 2,
      serverCpu: totalCpu,
      databaseCpu: totalCpu,
      totalCpu,
      faults,
    });
    const rounds: Round[] = [
      { base: at(100), emporium: at(140) },
      { base: at(200), emporium: at(180) },
      { base: at(100), emporium: at(300) },
    ];
    expect(formatScenario({ title: 'GET', target: 1.4, base: 'limit server' }, rounds)).toContain(
      '1.40 ( 0.90 to  3.00)  at most 1.4: met',
    );
    expect(formatScenario({ title: 'GET', target: 1.3, base: 'limit server' }, rounds)).toContain(
      'at most 1.3: missed',
    );
    expect(
      formatScenario({ title: 'GET', target: 1.4, base: 'limit server' }, [
        { base: at(100), emporium: at(1, ['not 200']) },
      ]),
    ).toContain('not valid');
  });
});

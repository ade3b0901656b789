import { decimal, integer, json, etagOf, Resource, rfc3339Of, RowShape, text, time } from './row-shape';

interface ThingDto {
  id: number;
  fullName: string | null;
  price: number;
  tags: unknown[];
  createdAt: Date;
}

const SHAPE = new RowShape<ThingDto>({
  id: integer('t.id'),
  fullName: text('t.name'),
  price: decimal('t.price'),
  tags: json("'[]'"),
  createdAt: time('t.created_at'),
});

const ROW = ['42', 'x', '15.90', '[{"id" : 5}]', '2026-01-31 09:00:00.1+00'];
const withMember = (index: number, value: string | null) => ROW.with(index, value as string);

describe('a row', () => {
  it('becomes JSON with its members in snake case', () => {
    expect(SHAPE.select).toBe("t.id, t.name, t.price, '[]', t.created_at");
    expect(SHAPE.toJson(ROW)).toBe(
      '{"id":42,"full_name":"x","price":15.9,"tags":[{"id" : 5}],"created_at":"2026-01-31T09:00:00.100Z"}',
    );
  });

  it.each(['a"b', 'a\\b', '\u2028', '😀', '</script>', '\u0001', ''])(
    'shows the text %j as it is',
    (value) => {
      expect(JSON.parse(SHAPE.toJson(withMember(1, value)))).toMatchObject({ full_name: value });
    },
  );

  it('shows null, and tells it from an empty text and the word', () => {
    expect(JSON.parse(SHAPE.toJson(withMember(1, null)))).toMatchObject({ full_name: null });
    expect(JSON.parse(SHAPE.toJson(withMember(1, 'null')))).toMatchObject({ full_name: 'null' });
    expect(SHAPE.textOf(withMember(1, null), 'fullName')).toBeNull();
    expect(SHAPE.textOf(withMember(1, ''), 'fullName')).toBe('');
  });

  it.each([
    ['0.00', '0'],
    ['0.10', '0.1'],
    ['0.29', '0.29'],
    ['15.99', '15.99'],
    ['100.00', '100'],
    ['9999999.90', '9999999.9'],
    ['99999999.99', '99999999.99'],
  ])('shows the price %s as %s', (value, shown) => {
    expect(SHAPE.toJson(withMember(2, value))).toContain(`"price":${shown},`);
  });

  it.each([
    ['2026-01-31 09:00:00+00', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31 09:00:00.1+00', '2026-01-31T09:00:00.100Z'],
    ['2026-01-31 09:00:00.12+00', '2026-01-31T09:00:00.120Z'],
    ['2026-01-31 09:00:00.123+00', '2026-01-31T09:00:00.123Z'],
    ['2026-12-31 23:59:59.001+00', '2026-12-31T23:59:59.001Z'],
  ])('shows the time %s as %s', (value, shown) => {
    expect(rfc3339Of(value)).toBe(shown);
    expect(JSON.parse(SHAPE.toJson(withMember(4, value)))).toMatchObject({ created_at: shown });
  });
});

describe('the entity tag of a resource', () => {
  it('is strong, and changes with every member', () => {
    const changed = ['43', 'y', '15.91', '[]', '2026-01-31 09:00:00.101+00'];
    const rows = [ROW, ...changed.map((value, index) => withMember(index, value))];
    const tags = rows.map((row) => new Resource(SHAPE, row).etag);
    expect(new Set(tags).size).toBe(rows.length);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]{27}"$/);
    expect(new Resource(SHAPE, [...ROW]).etag).toBe(tags[0]);
  });

  it('tells null from an empty text, wherever it stands', () => {
    const rows = [['', ''], ['', null], [null, ''], [null, null], [null], [''], ['='], ['==', null]];
    expect(new Set(rows.map(etagOf)).size).toBe(rows.length);
    expect(new Resource(SHAPE, withMember(1, null)).etag).not.toBe(
      new Resource(SHAPE, withMember(1, '')).etag,
    );
  });
});

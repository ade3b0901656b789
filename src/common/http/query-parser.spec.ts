import fc from 'fast-check';
import { parseQuery } from './query-parser';
import { anyCharacter } from '../../../test/support/any-character';

/** What `URLSearchParams` finds, a name given twice with a list. */
function reference(query: string): Map<string, string | string[]> {
  const params = new URLSearchParams(query);
  return new Map(
    [...params.keys()].map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

describe('parseQuery', () => {
  it.each([
    ['', {}],
    ['&&', {}],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=b', { '': 'b' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['a=b+c%20d%2Be', { a: 'b c d+e' }],
    ['%61%3D=%26', { 'a=': '&' }],
    ['a[]=1', { 'a[]': '1' }],
    ['a[b]=1', { 'a[b]': '1' }],
    ['a=%F0%9F%A7%BA', { a: '🧺' }],
    ['a=1;b=2', { a: '1;b=2' }],
  ])('reads %j', (query, expected) => {
    expect({ ...parseQuery(query) }).toEqual(expected);
  });

  it('reads as URLSearchParams does what URLSearchParams wrote', () => {
    const word = fc.oneof(
      fc.constantFrom('a', 'b', '__proto__', 'constructor', '', '%', '&', '=', '+'),
      fc.string({ unit: anyCharacter }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word)), (entries) => {
        const query = new URLSearchParams(entries).toString();
        expect(new Map(Object.entries(parseQuery(query)))).toEqual(reference(query));
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('knows no special name: %s', (name) => {
    const result = parseQuery(`${name}=1&${name}=2`);
    expect(Object.getPrototypeOf(result)).toBeNull();
    expect(Object.entries(result)).toEqual([[name, ['1', '2']]]);
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  it.each(['a=%', 'a=%zz', 'a=%ff', 'a=%C3', 'a=%ED%A0%80', 'a=%C0%AF'])(
    'puts what no rule for text takes in place of what is no UTF-8: %s',
    (query) => {
      const { a } = parseQuery(query);
      expect((a as string).isWellFormed()).toBe(false);
    },
  );

  it('throws on nothing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('%', '=', '&', '+', 'a', 'f', '0', '\ud800', 'é') }),
        (query) => {
          for (const value of Object.values(parseQuery(query)).flat()) expect(typeof value).toBe('string');
        },
      ),
    );
  });
});

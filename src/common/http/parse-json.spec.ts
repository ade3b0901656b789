import fc from 'fast-check';
import { InexactNumber } from '../input/inexact-number';
import { faultPosition, parseJson } from './parse-json';

describe('parseJson', () => {
  it.each([
    '15.9900000000000000000001',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '-12345678901234567.5',
    '1e400',
    '-1e309',
    '1e-400',
    '123456789012345678e-2',
  ])('does not round %s', (number) => {
    expect(parseJson(number)).toBeInstanceOf(InexactNumber);
    expect(parseJson(`{"a":[1,{"b":${number}}]}`)).toEqual({ a: [1, { b: new InexactNumber() }] });
  });

  it.each([
    '15.990000000000000000000',
    '0.1',
    '1e2',
    '1E+2',
    '100e-2',
    '-0',
    '0e5',
    '0.000',
    '5e-324',
    '1e21',
  ])('takes %s as it is', (number) => {
    expect(parseJson(number)).toBe(Number(number));
  });

  it('reads a number of a million digits in no more time than others', () => {
    const start = performance.now();
    expect(parseJson(`1.${'0'.repeat(1_000_000)}1`)).toBeInstanceOf(InexactNumber);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('leaves strings that look like numbers, and members of any name', () => {
    const text = '{"15.9900000000000000000001":"15.9900000000000000000001 \\" 1e400","__proto__":1}';
    expect(parseJson(text)).toEqual(JSON.parse(text));
    expect(Object.keys(parseJson(`${text.slice(0, -1)},"a":1e400}`) as object)).toContain('__proto__');
  });

  it('is JSON.parse for all that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes every double as it is written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(parseJson(JSON.stringify(number))).toBe(Object.is(number, -0) ? 0 : number);
      }),
    );
  });
});

describe('faultPosition', () => {
  it.each([
    ['', 'line 1, column 1'],
    ['abc', 'line 1, column 1'],
    ['{"a":1', 'line 1, column 7'],
    ['{"a":1,}', 'line 1, column 8'],
    ['{"a" 1}', 'line 1, column 6'],
    ["{'a':1}", 'line 1, column 2'],
    ['{a:1}', 'line 1, column 2'],
    ['[1 2]', 'line 1, column 4'],
    ['[1,2', 'line 1, column 5'],
    ['[1}', 'line 1, column 3'],
    ['{} x', 'line 1, column 4'],
    ['{"price": 15,99}', 'line 1, column 14'],
    ['{"price": 015}', 'line 1, column 11'],
    ['{"price": 1.}', 'line 1, column 11'],
    ['{\n  "name": "a\nb"\n}', 'line 2, column 11'],
    ['{\n  "name": "x",\n  "price": 1 "sku"', 'line 3, column 14'],
    ['"\\x"', 'line 1, column 1'],
    ['tru', 'line 1, column 1'],
    ['[]]', 'line 1, column 3'],
  ])('tells where %j breaks: %s', (text, position) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(faultPosition(text)).toBe(position);
  });

  it('finds an end for whatever is cut from JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 3 }), (text, at, added) => {
        const place = at % (text.length + 1);
        expect(faultPosition(text.slice(0, place) + added)).toMatch(/^line \d+, column \d+$/);
      }),
    );
  });
});

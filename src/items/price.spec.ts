import fc from 'fast-check';
import { MAX_PRICE, priceFault } from './price';

describe('priceFault', () => {
  it.each([0, -0, 0.01, 0.1, 0.29, 1.1, 15.99, 19.9, 1e7, 99_999_999, 99_999_999.9, MAX_PRICE])(
    'accepts %p',
    (price) => {
      expect(priceFault(price)).toBeUndefined();
    },
  );

  it.each([-0.01, -1, 99_999_999.991, 1e8, 999_999_999.99, 1e21, Number.MAX_VALUE, NaN, Infinity, -Infinity])(
    'finds %p out of range',
    (price) => {
      expect(priceFault(price)).toBe('must be from 0 to 99999999.99');
    },
  );

  it.each([0.001, 0.009, 1e-7, 5e-324, 19.999, 1.005, 0.1 + 0.2, 99_999_999.985, 12_345_678.901])(
    'finds more than two decimals in %p',
    (price) => {
      expect(priceFault(price)).toBe('must have at most 2 decimals');
    },
  );

  it.each([['15.99'], [''], [null], [undefined], [true], [[1]], [{}], [5n]])(
    'finds no number in %p',
    (value) => {
      expect(priceFault(value)).toBe('must be a number');
    },
  );

  it('accepts every number of cents in range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (cents) => {
        expect(priceFault(cents / 100)).toBeUndefined();
      }),
    );
  });

  it('refuses every number of three to seven decimals', () => {
    const decimals = fc
      .tuple(fc.integer({ min: 2, max: 6 }), fc.nat(999_999), fc.integer({ min: 1, max: 9 }))
      .map(([length, most, last]) => `${String(most).padStart(length, '0').slice(-length)}${last}`);
    fc.assert(
      fc.property(fc.nat(99_999_998), decimals, (whole, rest) => {
        expect(priceFault(Number(`${whole}.${rest}`))).toBe('must have at most 2 decimals');
      }),
    );
  });

  it('accepts of all numbers in range exactly those that two decimals can write', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: MAX_PRICE, noNaN: true }), (price) => {
        expect(priceFault(price) === undefined).toBe(Number(price.toFixed(2)) === price);
      }),
    );
  });
});

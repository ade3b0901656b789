import fc from 'fast-check';
import { ITEMS } from './items.list';

describe('the key of a sort by price', () => {
  it('is any price of a row', () => {
    const isKey = (key: string) => ITEMS.sorts.price?.isKey(key);
    fc.assert(
      fc.property(fc.nat(999_999_999), (cents) => {
        expect(isKey((cents / 100).toFixed(2))).toBe(true);
      }),
    );
    expect(isKey('99999999.99')).toBe(true);
    expect(isKey('100000000.00')).toBe(false);
    expect(isKey('NaN')).toBe(false);
  });
});

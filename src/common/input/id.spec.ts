import fc from 'fast-check';
import { parseId, UNKNOWN_ID } from './id';
import { anyCharacter } from '../../../test/support/any-character';

describe('parseId', () => {
  it('reads every id that a number can hold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
        expect(parseId(String(id))).toBe(id);
      }),
    );
  });

  it('takes larger ones for unknown, however long', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 10n ** 400n }), (id) => {
        expect(parseId(String(id))).toBe(UNKNOWN_ID);
      }),
    );
    expect(parseId('9'.repeat(10_000))).toBe(UNKNOWN_ID);
  });

  it.each([
    '',
    '0',
    '00',
    '01',
    '+1',
    '-1',
    '1.0',
    '1e3',
    '0x10',
    '1_000',
    '1n',
    ' 1',
    '1 ',
    '1\n',
    '\t1',
    '1\0',
  ])('finds no id in %j', (text) => {
    expect(parseId(text)).toBeUndefined();
  });

  it.each(['١', '１', '²', '𝟏'])('takes no other digits: %s', (text) => {
    expect(parseId(text)).toBeUndefined();
  });

  it.each([[1], [null], [undefined], [['1']], [{}], [true]])('takes text only, not %p', (value) => {
    expect(parseId(value)).toBeUndefined();
  });

  it('finds an id in no other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        fc.pre(!/^[1-9][0-9]*$/.test(text));
        expect(parseId(text)).toBeUndefined();
      }),
    );
  });
});

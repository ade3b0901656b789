import fc from 'fast-check';
import { decodeCursor, encodeCursor, isCursor } from './cursor';
import { anyCharacter } from '../../../test/support/any-character';

const MARK = 'abcDEF-_019';
const encode = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const key = fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined });

describe('a cursor', () => {
  it('is read as it was written, and stands in an address as it is', () => {
    fc.assert(
      fc.property(id, key, (last, by) => {
        fc.pre(!by?.includes('\0'));
        const text = encodeCursor({ mark: MARK, id: last, key: by });
        expect(text).toMatch(/^[\w-]+$/);
        expect(decodeCursor(text)).toEqual({ mark: MARK, id: last, key: by });
      }),
    );
  });

  it('has one spelling', () => {
    const sign = fc.constantFrom(...Array.from('ABCXYZabcxyz0189-_=+/. '));
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.string({ unit: sign, maxLength: 2 }));
    fc.assert(
      fc.property(id, key, change, (last, by, [where, removed, added]) => {
        const text = encodeCursor({ mark: MARK, id: last, key: by });
        const changed = Array.from(text);
        changed.splice(where % (text.length + 1), removed, added);
        const other = decodeCursor(changed.join(''));
        if (other) expect(encodeCursor(other)).toBe(changed.join(''));
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, unknown]>([
    ['no list', { mark: MARK, id: 5 }],
    ['nothing', null],
    ['no id', [MARK]],
    ['a text for the id', [MARK, '5']],
    ['0', [MARK, 0]],
    ['a negative id', [MARK, -1]],
    ['a fraction', [MARK, 1.5]],
    ['an id beyond 2^53', [MARK, 2 ** 53]],
    ['a short mark', ['abc', 5]],
    ['a mark of other characters', ['abcDEF-_01+', 5]],
    ['a number for the mark', [1, 5]],
    ['a number for the key', [MARK, 5, 1]],
    ['null for the key', [MARK, 5, null]],
    ['a list for the key', [MARK, 5, ['a']]],
    ['NUL in the key', [MARK, 5, 'a\0']],
    ['a lone surrogate in the key', [MARK, 5, '\ud800']],
    ['a fourth part', [MARK, 5, 'a', 'b']],
  ])('is none with %s', (_what, parts) => {
    expect(decodeCursor(encode(parts))).toBeUndefined();
  });

  it.each([
    '[ "abcDEF-_019",5]',
    '["abcDEF-_019",5e0]',
    '["abcDEF-_019",05]',
    '["abcDEF-_019",5]]',
    '\ufeff["abcDEF-_019",5]',
  ])('is none when it is spelled %s', (text) => {
    expect(isCursor(Buffer.from(text).toString('base64url'))).toBe(false);
  });

  it('is no other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.base64String()), (text) => {
        expect(isCursor(text)).toBe(false);
      }),
    );
  });
});

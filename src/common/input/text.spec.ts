import fc from 'fast-check';
import { normalizeText, textFault, textLength } from './text';
import { anyCharacter } from '../../../test/support/any-character';

const anyText = fc.string({ unit: anyCharacter, maxLength: 300 });
const visible = fc.constantFrom('a', 'Ω', '漢', '𝒳', '🧺', '́', '1');

describe('normalizeText', () => {
  it.each([
    ['  a b\t\n', 'a b'],
    ['\u00a0\u2003a\ufeff', 'a'],
    ['e\u0301', '\u00e9'],
    ['\u212b', '\u00c5'],
    ['', ''],
  ])('makes %j %j', (given, expected) => {
    expect(normalizeText(given, 200)).toBe(expected);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = normalizeText(text, 200);
        expect(normalizeText(once, 200)).toBe(once);
      }),
    );
  });

  it('composes the longest text that can still have `max` characters', () => {
    // Four code points, of which one is left.
    const longest = '\u03b1\u0313\u0300\u0345'.repeat(200);
    expect(normalizeText(longest, 200)).toBe('\u1f82'.repeat(200));
  });

  it('leaves what is too long whatever comes of it, and too long it stays', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 40 }), (text, max) => {
        const normal = normalizeText(text, max);
        const length = textLength(text.trim().normalize('NFC'));
        if (length <= max) expect(normal).toBe(text.trim().normalize('NFC'));
        else expect(textLength(normal)).toBeGreaterThan(max);
      }),
    );
  });
});

describe('textLength', () => {
  it('counts code points', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(textLength(text)).toBe(Array.from(text).length);
      }),
    );
  });
});

describe('textFault', () => {
  it('holds the number of code points against the limits', () => {
    const limits = fc.tuple(fc.nat(20), fc.nat(20)).map(([min, more]) => [min + 1, min + 1 + more] as const);
    fc.assert(
      fc.property(fc.array(visible, { minLength: 1, maxLength: 50 }), limits, (signs, [min, max]) => {
        const fits = signs.length >= min && signs.length <= max;
        expect(textFault(signs.join(''), min, max)).toBe(
          fits ? undefined : `must have ${min} to ${max} characters`,
        );
      }),
    );
  });

  it.each(
    Array.from({ length: 32 }, (_, code) => code).concat(Array.from({ length: 33 }, (_, i) => 127 + i)),
  )('refuses the control character %i', (code) => {
    expect(textFault(`a${String.fromCharCode(code)}b`, 1, 10)).toBe('must not contain control characters');
  });

  it('refuses lone surrogates wherever they stand', () => {
    const surrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));
    // Signs of the basic plane only, so that none of them completes the surrogate.
    const sign = fc
      .string({ unit: anyCharacter, maxLength: 5 })
      .filter((text) => !/[\u{10000}-\u{10ffff}]/u.test(text));
    fc.assert(
      fc.property(sign, surrogate, sign, (before, lone, after) => {
        expect(textFault(before + lone + after, 1, 200)).toBe('must be well-formed Unicode');
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['zero width space', '\u200b'],
    ['zero width joiners', '\u200d\u200c'],
    ['byte order mark inside', '\u2060\ufeff\u2060'],
    ['soft hyphen', '\u00ad'],
    ['combining grapheme joiner', '\u034f'],
    ['Hangul fillers', '\u115f\u1160\u3164\uffa0'],
    ['Mongolian vowel separator', '\u180e'],
    ['variation selectors', '\ufe0f\u{e0100}'],
    ['bidirectional marks', '\u200e\u202e\u2066'],
    ['tags', '\u{e0041}\u{e007f}'],
    ['blank Braille pattern', '\u2800'],
    ['spaces around an invisible sign', '\u200b \u200b'],
    ['line separator', '\u200b\u2028\u200b'],
    ['unassigned', '\u0378'],
  ])('finds nothing visible in: %s', (_name, text) => {
    expect(textFault(text, 1, 200)).toBe('must have a visible character');
  });

  it.each(['a', '👩\u200d🌾', '❤\ufe0f', '\u200fשלום', 'नी\u200dल', '-', '.', '<b>', "'; DROP TABLE x"])(
    'accepts %j',
    (text) => {
      expect(textFault(text, 1, 200)).toBeUndefined();
    },
  );

  it('accepts an empty text where one may be empty', () => {
    expect(textFault('', 0, 5)).toBeUndefined();
  });
});

import { isFresh } from './send';

describe('isFresh', () => {
  it.each<[string, string]>([
    ['"a"', '"a"'],
    ['W/"a"', '"a"'],
    ['"a"', 'W/"a"'],
    ['W/"a"', 'W/"a"'],
    [' "a" ', '"a"'],
    ['"b", "a"', '"a"'],
    ['"b","a"', '"a"'],
    ['"b", W/"a" ,"c"', '"a"'],
    ['*', '"a"'],
    [' * ', 'W/"a"'],
  ])('takes %j for %s', (known, etag) => {
    expect(isFresh(known, etag)).toBe(true);
  });

  it.each([undefined, '', '"b"', 'a', '"a', '"aa"', '"A"', 'w/"a"', '"*"', '"b", "c"', ',', '"a" "b"'])(
    'does not take %j',
    (known) => {
      expect(isFresh(known, '"a"')).toBe(false);
      expect(isFresh(known, 'W/"a"')).toBe(false);
    },
  );
});

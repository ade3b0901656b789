import { BodyPace } from './body-pace';

describe('the pace of a body', () => {
  it.each<[string, number, number, boolean]>([
    ['nothing for a while', 29, 0, false],
    ['nothing for too long', 30, 0, true],
    ['little at first', 29, 10, false],
    ['too little', 31, 31 * 1024 - 1, true],
    ['just enough', 31, 31 * 1024, false],
    ['too little after a long time', 3600, 3600 * 1024 - 1, true],
  ])('with %s', (_what, seconds, bytes, expected) => {
    expect(new BodyPace(5000).isTooSlow(bytes, 5000 + seconds * 1000)).toBe(expected);
  });

  it('is too slow after a silence, however much came before it', () => {
    const pace = new BodyPace(0);
    expect(pace.isTooSlow(1e9, 1000)).toBe(false);
    expect(pace.isTooSlow(1e9, 30_999)).toBe(false);
    expect(pace.isTooSlow(1e9, 31_000)).toBe(true);
    expect(pace.isTooSlow(1e9 + 1, 31_000)).toBe(false);
  });
});

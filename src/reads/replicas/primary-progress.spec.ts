import { PrimaryProgress } from './primary-progress';

const sample = (lsn: string, timeline = 1) => {
  const file = `${timeline.toString(16).padStart(8, '0')}0000000000000001`;
  return ['0', file, lsn, '7', '16384', '1.1 153.120'];
};

describe('PrimaryProgress', () => {
  let primary: PrimaryProgress;
  beforeEach(() => {
    primary = new PrimaryProgress();
  });

  it('knows nothing before the first sample', () => {
    expect(primary.caughtUpAt(100n)).toBeUndefined();
    expect(primary.lastAt).toBeUndefined();
  });

  it('tells the last time at which the primary had nothing beyond a position', () => {
    primary.add(1000, sample('0/10'));
    primary.add(2000, sample('0/20'));
    primary.add(3000, sample('0/30'));
    expect(primary.caughtUpAt(0x0fn)).toBeUndefined();
    expect(primary.caughtUpAt(0x10n)).toBe(1000);
    expect(primary.caughtUpAt(0x2fn)).toBe(2000);
    expect(primary.caughtUpAt(0x40n)).toBe(3000);
  });

  it('leaves no replica behind while the primary writes nothing', () => {
    for (let at = 0; at <= 60_000; at += 500) primary.add(at, sample('0/10'));
    expect(primary.caughtUpAt(0x10n)).toBe(primary.lastAt);
  });

  it('forgets old samples, so that a position that old counts as behind', () => {
    primary.add(0, sample('0/10'));
    primary.add(14_000, sample('0/20'));
    expect(primary.caughtUpAt(0x10n)).toBe(0);
    primary.add(16_000, sample('0/30'));
    expect(primary.caughtUpAt(0x10n)).toBeUndefined();
    expect(primary.caughtUpAt(0x20n)).toBe(14_000);
  });

  it('does not compare positions of different timelines', () => {
    primary.add(1000, sample('0/50'));
    primary.add(2000, sample('0/90', 2));
    expect(primary.timeline).toBe(2);
    expect(primary.caughtUpAt(0x60n)).toBeUndefined();
    expect(primary.caughtUpAt(0x90n)).toBe(2000);
  });

  it('keeps what every replica must have in common with it', () => {
    primary.add(0, sample('0/10'));
    expect(primary.identity).toEqual({ cluster: '7', database: '16384', collations: '1.1 153.120' });
  });
});

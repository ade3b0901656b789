import fc from 'fast-check';
import { byText, byTime } from './sorts';

interface Row {
  name: string;
}

/** As PostgreSQL writes it: without the zeros at the end. */
const textOf = (time: Date) => {
  const [date = '', clock = ''] = time.toISOString().split(/[TZ]/);
  return `${date} ${clock.replace(/\.?0+$/, '')}+00`;
};

describe('the key of a sort', () => {
  it('by time is any time with milliseconds', () => {
    const { isKey } = byTime<Row>('i.name', 'name');
    const time = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(time, (each) => {
        expect([textOf(each), isKey(textOf(each))]).toEqual([textOf(each), true]);
      }),
    );
    expect(isKey('2024-02-29 23:59:59.1+00')).toBe(true);
  });

  it.each([
    '2023-02-29 00:00:00+00',
    '2026-04-31 00:00:00+00',
    '2026-00-01 00:00:00+00',
    '2026-01-00 00:00:00+00',
  ])('by time is not %s', (text) => {
    expect(byTime<Row>('i.name', 'name').isKey(text)).toBe(false);
  });

  it('by text is any text', () => {
    const { isKey } = byText<Row>('i.name', 'name');
    expect(['', 'a', '%'].map(isKey)).toEqual([true, true, true]);
  });
});

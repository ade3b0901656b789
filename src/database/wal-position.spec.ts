import { parseLsn, positionText, timelineOfFile, WalPosition } from './wal-position';

describe('WalPosition.parse', () => {
  it.each([
    ['1/0/3000148', 1, 0x3000148n],
    ['4294967295/16/B374D848', 4_294_967_295, 0x16b374d848n],
    ['2/FFFFFFFF/FFFFFFFF', 2, 0xffffffffffffffffn],
    // PostgreSQL 19 writes the second half with eight digits.
    ['10/0/00000148', 10, 0x148n],
  ])('reads %s', (text, timeline, lsn) => {
    expect(WalPosition.parse(text)).toEqual({ timeline, lsn });
  });

  it.each([
    '',
    '1',
    '1/0',
    '0/0/1',
    '01/0/1',
    '1/0/1/',
    '1/0/a',
    '1/000000000/1',
    '4294967296/0/1',
    '-1/0/1',
    '1/0/1\n',
  ])('refuses %j', (text) => {
    expect(WalPosition.parse(text)).toBeUndefined();
  });

  it('reads what positionText makes of the answers of PostgreSQL', () => {
    const timeline = timelineOfFile('0000000A0000000000000003');
    expect(WalPosition.parse(positionText(timeline, '1/A0'))).toEqual({
      timeline: 10,
      lsn: parseLsn('1/A0'),
    });
  });
});

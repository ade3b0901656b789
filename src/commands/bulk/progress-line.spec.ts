import { duration, type Progress, progressBar, progressLine } from './progress-line';

const importing: Progress = {
  what: 'Importing',
  done: 450_000,
  total: 1_000_000,
  unit: 'rows',
  seconds: 18,
};
const sending: Progress = {
  what: 'Sending',
  done: 34_200_000,
  total: 60_000_000,
  unit: 'MB',
  seconds: 2.8,
};

describe('progressLine', () => {
  it.each([
    ['rows', importing, 'Importing  450,000 of 1,000,000 rows, 25,000 rows/s, 22 s left'],
    ['megabytes', sending, 'Sending  34.2 of 60.0 MB, 12.2 MB/s, 3 s left'],
    ['no total', { ...sending, total: undefined }, 'Sending  34.2 MB, 12.2 MB/s'],
    ['no rate at the beginning', { ...importing, seconds: 0.1 }, 'Importing  450,000 of 1,000,000 rows'],
    ['no rate of nothing', { ...importing, done: 0 }, 'Importing  0 of 1,000,000 rows'],
    [
      'no time left at the end',
      { ...importing, done: 1_000_000, seconds: 40 },
      'Importing  1,000,000 of 1,000,000 rows, 25,000 rows/s',
    ],
  ])('tells %s', (_what, progress, line) => {
    expect(progressLine(progress)).toBe(line);
  });
});

describe('progressBar', () => {
  it.each([
    [
      'a part',
      importing,
      'Importing  [##########--------------]  45 %  450,000 of 1,000,000 rows  25,000 rows/s  22 s left',
    ],
    [
      'nothing yet',
      { ...importing, done: 0 },
      'Importing  [------------------------]   0 %  0 of 1,000,000 rows',
    ],
    [
      'an empty file',
      { ...importing, done: 0, total: 0 },
      'Importing  [########################] 100 %  0 of 0 rows',
    ],
    [
      'a file that has grown',
      { ...sending, total: 30_000_000, seconds: 0 },
      'Sending  [########################] 100 %  34.2 of 30.0 MB',
    ],
    ['no bar without a total', { ...sending, total: undefined }, 'Sending  34.2 MB  12.2 MB/s'],
  ])('shows %s', (_what, progress, line) => {
    expect(progressBar(progress)).toBe(line);
  });
});

it.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [185, '3 min 5 s'],
  [7830, '2 h 10 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

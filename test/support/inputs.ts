/** Path segments that spell no id. */
export const BAD_IDS = [
  '0',
  '01',
  '1e3',
  '-1',
  '+1',
  '0x10',
  '%201',
  '1%20',
  'abc',
  '1.5',
  '%00',
  '%EF%BC%91',
];

/** Ids that are well formed, and nobody has. */
export const UNKNOWN_IDS = ['999999', '9007199254740993', '9'.repeat(3000)];

/** A time to set `updated_at` back to, so that no move of it hides within a millisecond. */
export const LONG_AGO = '2020-01-01T00:00:00.000Z';

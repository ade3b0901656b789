import { type Import } from './follow-import';
import { type Change, describeImport, formatErrors, formatPreview } from './report';

const finished: Import = {
  id: 3,
  store_id: 1,
  state: 'succeeded',
  operation: null,
  on_error: 'abort',
  on_existing: 'update',
  dry_run: false,
  rows: 1322,
  processed: 1322,
  inserted: 1310,
  updated: 12,
  deleted: 0,
  unchanged: 0,
  failed: 0,
  edit: null,
  created_at: '2026-01-31T09:00:00.000Z',
  finished_at: '2026-01-31T09:00:01.000Z',
};

const DELETION = { filter: { sku: 'R-1' }, change: { delete: true } };
const SALE = { filter: {}, change: { price: { multiply: 0.9 } } };

describe('describeImport', () => {
  it.each<[Partial<Import>, string]>([
    [{}, 'Import 3 succeeded: 1,310 inserted, 12 updated, 0 unchanged.'],
    [
      { failed: 2, inserted: 1308 },
      'Import 3 succeeded: 1,308 inserted, 12 updated, 0 unchanged. 2 of 1,322 rows are bad and left out, so the exit status is 1.',
    ],
    [
      { state: 'failed', failed: 1 },
      'Import 3 failed: 1 of 1,322 rows is bad, so nothing was written; --on-error skip leaves them out.',
    ],
    [{ state: 'failed' }, 'Import 3 failed, and nothing was written. The log of the server may say why.'],
    [{ state: 'previewed' }, 'Import 3 is a preview, and nothing is written yet.'],
    [{ state: 'cancelled' }, 'Import 3 is cancelled, and nothing was written.'],
    [{ state: 'undone' }, 'Import 3 is undone.'],
    [{ state: 'running' }, 'Import 3 is not finished yet.'],
    [{ edit: DELETION, inserted: 0, updated: 0, deleted: 1 }, 'Import 3 succeeded: 1 deleted.'],
    [{ edit: SALE, inserted: 0, unchanged: 1310 }, 'Import 3 succeeded: 12 updated, 1,310 unchanged.'],
  ])('of %j', (members, sentence) => {
    expect(describeImport({ ...finished, ...members })).toBe(sentence);
  });
});

describe('formatErrors', () => {
  const error = { id: 1, line: 4, pointer: '/price', message: 'must have at most 2 decimals' };

  it('has a line for each, and counts rows that are not listed', () => {
    const errors = [
      error,
      { ...error, pointer: '/name', message: 'is required' },
      { ...error, line: 9, pointer: '', message: 'has 2 columns' },
    ];
    expect(formatErrors(errors, 3)).toBe(
      'line 4: price must have at most 2 decimals\nline 4: name is required\nline 9: has 2 columns\nand 1 more bad row\n',
    );
    expect(formatErrors(errors, 2)).not.toContain('more');
  });

  it('cannot be used to write to the terminal', () => {
    expect(formatErrors([{ ...error, message: '\u001b[2J' }], 1)).toBe('line 4: price \u{FFFD}[2J\n');
    for (const control of '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069')
      expect(formatErrors([{ ...error, message: `a${control}b` }], 1)).toBe('line 4: price a\u{FFFD}b\n');
  });
});

describe('formatPreview', () => {
  const preview: Import = { ...finished, state: 'previewed', dry_run: true, failed: 1 };
  const update: Change = {
    id: 1,
    line: 2,
    action: 'update',
    item_id: 17,
    before: { price: 15.99, sku: null, tags: ['garden'] },
    after: { price: 12.5, sku: 'WC-5', tags: ['garden', 'sale'] },
  };
  const insert: Change = {
    id: 2,
    line: 13,
    action: 'insert',
    item_id: null,
    before: {},
    after: { tags: [], sku: null, price: 8, name: 'Rake' },
  };

  it('has the counts, and the first changes from old to new', () => {
    expect(formatPreview(preview, [update, insert])).toBe(
      [
        '1,310 to insert',
        '   12 to update',
        '    0 unchanged',
        '    1 bad',
        '',
        'Line  Item  Change',
        '----  ----  ----------------------------------------------------------------',
        '   2    17  price 15.99 → 12.5, sku none → WC-5, tags garden → garden | sale',
        '  13  new   name Rake, price 8',
        'and 1,320 more',
        '',
      ].join('\n'),
    );
  });

  it('has what an edit does, and the items that it deletes', () => {
    const deletion: Change = {
      id: 3,
      line: 1,
      action: 'delete',
      item_id: 17,
      before: { name: 'Rake', price: 8, sku: 'R-1', tags: [] },
      after: {},
    };
    const edit = { ...preview, edit: DELETION, inserted: 0, updated: 0, deleted: 2, failed: 0 };
    expect(formatPreview(edit, [deletion])).toBe(
      [
        '2 to delete',
        '0 bad',
        '',
        'Line  Item  Change',
        '----  ----  -----------',
        '   1    17  delete Rake',
        'and 1 more',
        '',
      ].join('\n'),
    );
    expect(formatPreview({ ...preview, edit: SALE, failed: 0 }, [])).toBe(
      '12 to update\n 0 unchanged\n 0 bad\n',
    );
  });

  it('has no table of no changes', () => {
    const counts = formatPreview({ ...preview, inserted: 0, updated: 0, unchanged: 1321 }, []);
    expect(counts).toBe('    0 to insert\n    0 to update\n1,321 unchanged\n    1 bad\n');
  });
});

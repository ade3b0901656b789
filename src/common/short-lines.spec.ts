import { shortLines } from './short-lines';

function written(record: object): string {
  let text = '';
  shortLines({ write: (line) => (text += line) }, 4096).write(`${JSON.stringify(record)}\n`);
  return text;
}

describe('shortLines', () => {
  it('leaves what is short as it is', () => {
    const record = { msg: 'x'.repeat(4000), ms: 1.5 };
    expect(written(record)).toBe(`${JSON.stringify(record)}\n`);
  });

  it.each([
    ['one long text', { msg: 'request', path: '/a'.repeat(5000) }],
    ['texts of many bytes', { msg: '🛒'.repeat(2000) }],
    [
      'many texts',
      Object.fromEntries(Array.from({ length: 50 }, (_none, index) => [index, 'x'.repeat(300)])),
    ],
    ['a long text within', { err: { cause: { stack: 'at somewhere\n'.repeat(1000) } }, ms: 3 }],
  ])('cuts %s', (_name, record) => {
    const text = written(record);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    expect(text.endsWith('}\n')).toBe(true);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(record));
    expect(text).toContain('…');
  });
});

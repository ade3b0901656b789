import fc from 'fast-check';
import { requestId } from './request-id';
import { anyCharacter } from '../../../test/support/any-character';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const idFor = (given?: string | string[]) =>
  requestId({ headers: given === undefined ? {} : { 'x-request-id': given } });

describe('requestId', () => {
  it('keeps every well-formed one', () => {
    const sign = fc.constantFrom(...Array.from('ABCXYZabcxyz0189._-'));
    fc.assert(
      fc.property(fc.string({ unit: sign, minLength: 1, maxLength: 128 }), (id) => {
        expect(idFor(id)).toBe(id);
      }),
    );
  });

  it('makes a new one in place of every other', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (id) => {
        fc.pre(!/^[A-Za-z0-9._-]{1,128}$/.test(id));
        expect(idFor(id)).toMatch(UUID);
      }),
    );
  });

  it.each([
    undefined,
    '',
    'a b',
    'a\n',
    'é',
    'a'.repeat(129),
    'one, two',
    '{"a":1}',
    ['one', 'two'],
    ['one'],
  ])('makes a new one in place of %j', (given) => {
    expect(idFor(given)).toMatch(UUID);
  });

  it('makes another one each time', () => {
    expect(idFor()).not.toBe(idFor());
  });
});

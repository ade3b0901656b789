import fc from 'fast-check';
import { toJson } from './json';

describe('toJson', () => {
  it('renames members all the way down, and no text', () => {
    expect(toJson({ ownerId: 1, tagList: [{ storeId: 'ownerId' }], inner: { aB: null } })).toBe(
      '{"owner_id":1,"tag_list":[{"store_id":"ownerId"}],"inner":{"a_b":null}}',
    );
  });

  it('writes times as RFC 3339 in UTC with milliseconds', () => {
    expect(toJson({ createdAt: new Date(Date.UTC(2026, 0, 31, 9)) })).toBe(
      '{"created_at":"2026-01-31T09:00:00.000Z"}',
    );
  });

  it('leaves out what is undefined', () => {
    expect(toJson({ a: undefined, b: null })).toBe('{"b":null}');
  });

  it('changes nothing else', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'z', '_', '0', 'é') });
    const value = fc.jsonValue({ maxDepth: 0 });
    fc.assert(
      fc.property(fc.array(fc.dictionary(name, fc.oneof(value, fc.array(value)))), (rows) => {
        expect(toJson(rows)).toBe(JSON.stringify(rows));
      }),
    );
  });
});

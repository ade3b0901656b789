import { toSnakeCase } from './naming';

describe('toSnakeCase', () => {
  it.each([
    ['name', 'name'],
    ['ownerId', 'owner_id'],
    ['lastUsedAt', 'last_used_at'],
    ['owner_id', 'owner_id'],
    ['x5u', 'x5u'],
    ['', ''],
  ])('writes %s as %s', (name, expected) => {
    expect(toSnakeCase(name)).toBe(expected);
    expect(toSnakeCase(name)).toBe(expected);
  });
});

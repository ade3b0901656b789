import { randomUUID } from 'node:crypto';
import { Problem } from '../../common/problems/problem';
import { checkClaims } from './token-claims';

const NOW = 1_800_000_000;

const good = {
  sub: '1',
  sid: randomUUID(),
  jti: randomUUID(),
  token_use: 'access',
  iat: NOW,
  exp: NOW + 1,
};

function detailOf(payload: unknown, use: 'access' | 'refresh' = 'access'): string | undefined {
  try {
    checkClaims(payload, use, NOW);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

it.each<[string, object]>([
  ['as they are issued', {}],
  ['of a time up to 30 s ahead', { iat: NOW + 30, nbf: NOW + 30, exp: NOW + 60 }],
  ['with members that we do not know', { scope: 'all' }],
])('accepts claims %s', (_what, changes) => {
  const claims = { ...good, ...changes };
  expect(checkClaims(claims, 'access', NOW)).toBe(claims);
});

it.each<[string, RegExp, unknown]>([
  ['no object', /not a token of this service/, 'claims'],
  ['null', /not a token of this service/, null],
  ['no members', /not a token of this service/, {}],
  ['an unknown use', /not a token of this service/, { ...good, token_use: 'id' }],
  ['a sub beyond safe numbers', /not a token of this service/, { ...good, sub: '9007199254740993' }],
  ['an endless exp', /not a token of this service/, { ...good, exp: Infinity }],
  ['an nbf of null', /not a token of this service/, { ...good, nbf: null }],
  ['the other use', /this is a refresh token/, { ...good, token_use: 'refresh' }],
  ['the other use, expired', /this is a refresh token/, { ...good, token_use: 'refresh', exp: NOW }],
  ['an iat more than 30 s ahead', /not valid yet/, { ...good, iat: NOW + 31, exp: NOW + 60 }],
  ['an nbf more than 30 s ahead', /not valid yet/, { ...good, nbf: NOW + 31, exp: NOW + 60 }],
  ['an exp that is now', /expired/, { ...good, exp: NOW }],
])('refuses %s', (_what, reason, payload) => {
  expect(detailOf(payload)).toMatch(reason);
});

it('names the use that is required, and the one that was sent', () => {
  expect(detailOf(good, 'refresh')).toBe('A valid refresh token is required; this is an access token.');
});

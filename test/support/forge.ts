import { decode, type JwtPayload, sign } from 'jsonwebtoken';
import { KEY_RING, type KeyRing } from '../../src/auth/tokens/key-ring';
import { type TestApp } from './app';

/** A token with other claims or another header than the service gave it, signed with the service's own key. */
export function forge({ app }: TestApp, token: string, claims: object, header: object = {}): string {
  const { kid, privateKey } = app.get<KeyRing>(KEY_RING);
  const changed = { ...(decode(token) as JwtPayload), ...claims };
  return sign(JSON.stringify(changed), privateKey, {
    algorithm: 'RS256',
    header: { alg: 'RS256', kid, ...header },
  });
}

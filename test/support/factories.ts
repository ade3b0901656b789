import { randomBytes } from 'node:crypto';
import { SessionsService } from '../../src/auth/sessions/sessions.service';
import { TokensService } from '../../src/auth/tokens/tokens.service';
import { Database } from '../../src/database/database';
import { type TestApp } from './app';
import { type Answer, type Client } from './client';

export const PASSWORD = 'correct horse battery';

/** Its hash at full strength. To make it again for each user would be half of the time that the tests take. */
export const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$C098cchKviEI+8Jo4oS7Kw$+dDV624Q0tANHoQH2mR+/qpgWvqVfaSmiyx09akvSWk';

export interface TestUser {
  id: number;
  email: string;
  accessToken: string;
  refreshToken: string;
  /** calls the API as this user */
  api: Client;
}

export interface TestStore {
  id: number;
  name: string;
  owner: TestUser;
}

/** A word that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** A user with a session, made without a registration and a login. */
export async function createUser(
  app: TestApp,
  email = `${unique('user')}@example.com`,
  { role = 'user' }: { role?: 'user' | 'admin' } = {},
): Promise<TestUser> {
  const [row] = await app.sql<{ id: string }>(
    'INSERT INTO users (email, password_hash, role) VALUES ($1, $2, $3) RETURNING id',
    [email, PASSWORD_HASH, role],
  );
  return startSession(app, { id: Number(row?.id), email });
}

/** A new session of a user of `createUser` who still has the same password. */
export async function startSession(
  app: TestApp,
  { id, email }: Pick<TestUser, 'id' | 'email'>,
): Promise<TestUser> {
  const origin = { userAgent: 'node', ip: '127.0.0.1' };
  const credentials = { id, passwordHash: PASSWORD_HASH };
  const source = await app.app.get(SessionsService).start(app.app.get(Database), credentials, origin);
  if (!source) throw new Error('no session was started');
  const { accessToken, refreshToken } = await app.app.get(TokensService).issue(source);
  return { id, email, accessToken, refreshToken, api: app.api.as(accessToken) };
}

/** A user as people become one: by a registration, and a login. */
export async function registerUser(api: Client, email = `${unique('user')}@example.com`): Promise<TestUser> {
  const user = created(await api.post('/register', { email, password: PASSWORD }));
  return logIn(api, email, user.id as number);
}

export function createAdmin(app: TestApp): Promise<TestUser> {
  return createUser(app, undefined, { role: 'admin' });
}

/** A new session of a user. */
export async function logIn(api: Client, email: string, id: number): Promise<TestUser> {
  const { status, body } = await api.post('/login', { email, password: PASSWORD });
  if (status !== 200) throw new Error(`login answered ${status}`);
  const { access_token: accessToken, refresh_token: refreshToken } = body as Record<string, string>;
  return {
    id,
    email,
    accessToken: accessToken ?? '',
    refreshToken: refreshToken ?? '',
    api: api.as(accessToken ?? ''),
  };
}

export async function createStore(owner: TestUser, name = unique('store')): Promise<TestStore> {
  const store = created(await owner.api.post('/stores', { name }));
  return { id: store.id as number, name, owner };
}

export async function createItem(store: TestStore, members: Record<string, unknown> = {}) {
  const body = { name: unique('item'), price: 9.99, store_id: store.id, ...members };
  return created(await store.owner.api.post('/items', body)) as { id: number; name: string; price: number };
}

export async function createTag(store: TestStore, name = unique('tag')) {
  return created(await store.owner.api.post(`/stores/${store.id}/tags`, { name })) as {
    id: number;
    name: string;
  };
}

export async function linkTags(store: TestStore, itemId: number, ...tags: number[]): Promise<void> {
  const { status, text } = await store.owner.api.post(`/items/${itemId}/tags`, { tags });
  if (status !== 200) throw new Error(`linking answered ${status}: ${text}`);
}

function created({ status, text, body }: Answer): Record<string, unknown> {
  if (status !== 201) throw new Error(`creating answered ${status}: ${text}`);
  return body as Record<string, unknown>;
}

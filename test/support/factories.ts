import { randomBytes } from 'node:crypto';
import { type TestApp } from './app';
import { type Answer, type Client } from './client';

export const PASSWORD = 'correct horse battery';

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

export async function createUser(
  { api }: Pick<TestApp, 'api'>,
  email = `${unique('user')}@example.com`,
): Promise<TestUser> {
  const user = created(await api.post('/register', { email, password: PASSWORD }));
  return logIn(api, email, user.id as number);
}

export async function createAdmin(app: TestApp): Promise<TestUser> {
  const user = await createUser(app);
  await app.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, [user.id]);
  return user;
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

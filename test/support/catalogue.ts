import { startApp, type TestApp } from './app';
import { createAdmin, createStore, createUser, type TestStore, type TestUser } from './factories';
import { LONG_AGO } from './inputs';

/** What every suite about stores, tags and items begins with. */
export interface Catalogue {
  app: TestApp;
  owner: TestUser;
  stranger: TestUser;
  admin: TestUser;
  /** the owner's */
  store: TestStore;
}

export type Kind = 'stores' | 'tags' | 'items';

export async function startCatalogue(settings: Record<string, string> = {}): Promise<Catalogue> {
  const app = await startApp(settings);
  const [owner, stranger, admin] = await Promise.all([createUser(app), createUser(app), createAdmin(app)]);
  return { app, owner, stranger, admin, store: await createStore(owner) };
}

/** A resource as the API shows it. */
export async function readResource<T>({ api }: TestApp, kind: Kind, id: number): Promise<T> {
  return (await api.get(`/${kind}/${id}`)).body as T;
}

/** Sets the `updated_at` of a row back, so that no move of it hides within a millisecond. */
export async function makeOld({ sql }: TestApp, kind: Kind, id: number): Promise<void> {
  await sql(`UPDATE ${kind} SET updated_at = $2 WHERE id = $1`, [id, LONG_AGO]);
}

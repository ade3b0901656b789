import { api, type User } from '../api';
import { asUser } from '../as-user';
import { PanelError } from '../panel-error';

/** Who is logged in. It is kept, so that a dialog can name them after their session has ended, also after a reload. */
const KEY = 'emporium.account';

let account: User | undefined;

/** @throws PanelError also where nobody is logged in, which is not worth a question to the person */
export async function readAccount(): Promise<User> {
  if (!account && !api.isLoggedIn) throw new PanelError('', 401);
  account ??= keep(await asUser(() => api.account.get()));
  return account;
}

/** Forgets what was read, for example because another account has logged in or the address has changed. */
export function forgetAccount(): void {
  account = undefined;
}

/** The address of who was logged in last in this browser. */
export function lastAddress(): string {
  return localStorage.getItem(KEY) ?? '';
}

export function isAdmin(): boolean {
  return account?.role === 'admin';
}

function keep(user: User): User {
  localStorage.setItem(KEY, user.email);
  return user;
}

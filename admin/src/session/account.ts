import { api, type User } from '../api';
import { asUser } from '../as-user';

/** Who is logged in. It is kept, so that a dialog can name them after their session has ended, also after a reload. */
const KEY = 'emporium.account';

let account: User | undefined;

export async function readAccount(): Promise<User> {
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

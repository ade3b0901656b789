import { api, type User } from '../api';
import { asUser, whenForbidden } from '../as-user';
import { PanelError } from '../panel-error';
import { queryClient } from '../query-client';

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

/** Reads again what the person may do, and shows the panel accordingly. */
export function readRightsAgain(): void {
  forgetAccount();
  void queryClient.invalidateQueries({ queryKey: ['auth'] });
}

whenForbidden(readRightsAgain);

/** Whether a row of the users is the account of this page. */
export function isOwnAccount(id: number): boolean {
  return account?.id === id;
}

/** Whether this page has been working for an account. */
export function hasAccount(): boolean {
  return account !== undefined;
}

/** Whether the tokens are of another account than the one that this page has been working for. */
export async function isSomebodyElse(): Promise<boolean> {
  const before = account ?? kept();
  const { id } = await api.account.get();
  return before !== undefined && before.id !== id;
}

/** The address of who was logged in last in this browser. */
export function lastAddress(): string {
  return account?.email ?? kept()?.email ?? '';
}

function keep(user: User): User {
  localStorage.setItem(KEY, JSON.stringify({ id: user.id, email: user.email }));
  return user;
}

function kept(): Pick<User, 'id' | 'email'> | undefined {
  try {
    return (
      (JSON.parse(localStorage.getItem(KEY) ?? 'null') as Pick<User, 'id' | 'email'> | null) ?? undefined
    );
  } catch {
    return undefined;
  }
}

// All tabs share the tokens. If another account logs in in one of them, the others must not go on as the former one.
window.addEventListener('storage', ({ key }) => {
  if (key === KEY && account && kept()?.id !== account.id) window.location.reload();
});

import { type AuthProvider } from 'react-admin';
import { api } from '../api';
import { conflictQuestion } from '../conflicts/conflict';
import { PanelError, toPanelError } from '../panel-error';
import { queryClient } from '../query-client';
import { forgetAccount, hasAccount, readAccount } from './account';
import { loginAgain } from './login-again';

/** Resources that only admins can read. */
const FOR_ADMINS: ReadonlySet<string> = new Set(['users']);

export interface Credentials {
  email: string;
  password: string;
}

const WRITES_WITHIN_MS = 5000;

/** Waits for the writes that are on their way, which need the session. */
async function untilWritten(): Promise<void> {
  const end = Date.now() + WRITES_WITHIN_MS;
  while (queryClient.isMutating() > 0 && !loginAgain.isOpen && !conflictQuestion.isOpen && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const authProvider: AuthProvider = {
  login: async (credentials: Credentials) => {
    try {
      await api.auth.login({ body: credentials });
      forgetAccount();
    } catch (error) {
      throw toPanelError(error);
    }
  },
  logout: async () => {
    await untilWritten();
    forgetAccount();
    loginAgain.answerAll(false);
    conflictQuestion.answerAll(undefined);
    // The session can have ended already, and without a server one can still leave.
    if (api.isLoggedIn) await api.auth.logout().catch(() => undefined);
    return undefined;
  },
  checkAuth: async () => {
    if (api.isLoggedIn || loginAgain.isOpen) return Promise.resolve();
    if (!hasAccount()) throw new PanelError('', 401);
    // Another tab has logged out. What was typed here is not taken away: the dialog asks what to do.
    void loginAgain.ask();
    return Promise.resolve();
  },
  // A dialog asks for the login as soon as a call is refused, so no error leads to a logout.
  checkError: () => Promise.resolve(),
  getIdentity: async () => {
    const { id, email } = await readAccount();
    return { id, fullName: email };
  },
  getPermissions: async () => (await readAccount()).role,
  canAccess: async ({ resource }) => !FOR_ADMINS.has(resource) || (await readAccount()).role === 'admin',
};

import { type AuthProvider } from 'react-admin';
import { api } from '../api';
import { PanelError, toPanelError } from '../panel-error';
import { forgetAccount, readAccount } from './account';

/** Resources that only admins can read. */
const FOR_ADMINS: ReadonlySet<string> = new Set(['users']);

export interface Credentials {
  email: string;
  password: string;
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
    forgetAccount();
    // The session can have ended already, and who wants to leave can leave without a server.
    if (api.isLoggedIn) await api.auth.logout().catch(() => undefined);
    return undefined;
  },
  checkAuth: async () => {
    if (!api.isLoggedIn) throw new PanelError('', 401);
    return Promise.resolve();
  },
  checkError: async (error: unknown) => {
    if (error instanceof PanelError && error.status === 401) throw error;
    return Promise.resolve();
  },
  getIdentity: async () => {
    const { id, email } = await readAccount();
    return { id, fullName: email };
  },
  getPermissions: async () => (await readAccount()).role,
  canAccess: async ({ resource }) => !FOR_ADMINS.has(resource) || (await readAccount()).role === 'admin',
};

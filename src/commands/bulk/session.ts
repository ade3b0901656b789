import { createClient, type Emporium, isProblem, memoryStore } from '#client';
import { clientSecrets } from '../../config/environment';
import { CommandError } from '../command-error';
import { endAtSecondSignal, heedSignals } from '../interruption';
import { askForKnownPassword } from '../password-prompt';
import { explain } from './explain';

export interface ServerOptions {
  readonly url: string;
}

export interface AccountOptions extends ServerOptions {
  readonly email?: string;
}

/** A server, and who speaks to it. */
export interface Session {
  readonly url: string;
  readonly api: Emporium;
  /** for requests that the client cannot send */
  accessToken: () => string | undefined;
}

/** An apply or an undo of a million rows takes minutes, in milliseconds. */
const LONGEST_REQUEST = 30 * 60_000;

/**
 * Runs `work` as the user that the options and the environment name. Ctrl-C aborts `interrupted`.
 *
 * @param usesInput whether standard input is for something else than a password
 * @throws CommandError, Interruption
 */
export async function withSession(
  options: AccountOptions,
  usesInput: boolean,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const url = checkUrl(options.url);
  const { token } = clientSecrets();
  const credentials = token === undefined ? await readCredentials(options.email, usesInput) : undefined;
  heedSignals();
  endAtSecondSignal();
  const tokens = memoryStore(token === undefined ? undefined : { access_token: token, refresh_token: '' });
  const api = createClient({ baseUrl: url, tokens, timeout: LONGEST_REQUEST });
  try {
    if (credentials) await logIn(api, credentials);
    // A session of this command alone is ended with it. If that fails, the session ends by itself later.
    await work({ url, api, accessToken: () => tokens.get()?.access_token }).finally(
      () => credentials && api.auth.logout().catch(() => undefined),
    );
  } catch (error) {
    throw explain(error, url);
  }
}

/** @throws CommandError */
export function checkUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new CommandError(`--url must be like http://127.0.0.1:3000, and is ${JSON.stringify(text)}.`);
  return text.replace(/\/+$/, '');
}

/** What of the options a next command needs. */
export function accountOf({ url, email }: AccountOptions): string {
  return [`--url ${url}`, ...(email === undefined || email === '' ? [] : [`--email ${email}`])].join(' ');
}

interface Credentials {
  email: string;
  password: string;
}

async function readCredentials(email: string | undefined, usesInput: boolean): Promise<Credentials> {
  if (email === undefined || email === '')
    throw new CommandError('Say who you are: with --email, or with an access token in EMPORIUM_TOKEN.');
  const { password } = clientSecrets();
  if (password !== undefined) return { email, password };
  if (usesInput || !process.stdin.isTTY) {
    throw new CommandError(
      'Standard input is no terminal on which to ask for the password: set EMPORIUM_PASSWORD or EMPORIUM_TOKEN.',
    );
  }
  return { email, password: await askForKnownPassword() };
}

async function logIn(api: Emporium, body: Credentials): Promise<void> {
  try {
    await api.auth.login({ body });
  } catch (error) {
    if (!isProblem(error, 'bad_credentials')) throw error;
    throw new CommandError(`There is no account ${body.email} with this password.`, { cause: error });
  }
}

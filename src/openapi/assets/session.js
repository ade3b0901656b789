/** The key in the session storage of the tab. */
const KEY = 'emporium.session';

/** An access token that expires within this time, in milliseconds, is renewed before the next request. */
const MARGIN = 30_000;

const FIELDS = { '/email': 'E-mail', '/password': 'Password' };

/**
 * @typedef {{ email: string, role: string }} User
 * @typedef {{ accessToken: string, refreshToken: string, expiresAt: number }} Tokens
 * @typedef {{ ok: boolean, status: number, json: () => Promise<any> }} Answer
 * @typedef {(path: string, init: { method: string, headers: Record<string, string>, body?: string }) => Promise<Answer>} Call
 */

/** An error with a message for the visitor. */
export class SessionError extends Error {}

/**
 * The login of the visitor. Its tokens are kept as long as the tab exists, and the access token is renewed in time.
 * `onChange` is called after every change, with a message if the visitor should know the reason.
 */
export class Session {
  /** @type {Tokens | undefined} */
  #tokens;
  /** @type {Promise<void> | undefined} */
  #renewal;
  /** @type {User | undefined} */
  user;

  /**
   * @param {object} options
   * @param {Call} options.call calls the API: `fetch` for a path below the API's root
   * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} options.storage
   * @param {(message?: string) => void} options.onChange
   * @param {() => number} [options.now] milliseconds
   */
  constructor({ call, storage, onChange, now = Date.now }) {
    this.call = call;
    this.storage = storage;
    this.onChange = onChange;
    this.now = now;
  }

  get accessToken() {
    return this.#tokens?.accessToken;
  }

  get refreshToken() {
    return this.#tokens?.refreshToken;
  }

  /** Restores the login of this tab after the page was loaded again. */
  async resume() {
    try {
      this.#tokens = JSON.parse(this.storage.getItem(KEY) ?? 'null') ?? undefined;
    } catch {
      this.storage.removeItem(KEY);
    }
    if (this.#tokens) await this.#identify();
  }

  /**
   * @param {string} email
   * @param {string} password
   */
  async logIn(email, password) {
    const answer = await this.#send('POST', 'login', { body: { email, password } });
    await this.#adopt(await answer.json());
  }

  /**
   * Creates an account and logs in to it.
   *
   * @param {string} email
   * @param {string} password
   */
  async register(email, password) {
    await this.#send('POST', 'register', { body: { email, password } });
    await this.logIn(email, password);
  }

  /** Ends the session on the server as well. */
  async logOut() {
    const token = this.accessToken;
    this.#forget('You are logged out.');
    if (token === undefined) return;
    try {
      await this.#send('POST', 'logout', { token });
    } catch (error) {
      // A failure is ignored: an expired token cannot log out, and this page has already forgotten the session.
      if (!(error instanceof SessionError)) throw error;
    }
  }

  /**
   * Returns the token to send instead of this one: a new access token if ours expires soon, else the same token.
   *
   * @param {string | undefined} token
   */
  async renewed(token) {
    if (token === undefined || !this.#tokens || token !== this.#tokens.accessToken) return token;
    if (this.#tokens.expiresAt - this.now() > MARGIN) return token;
    // Requests at the same time share one renewal, because a refresh token can be used only once.
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
    return this.accessToken ?? token;
  }

  /**
   * Updates the session after the response of an operation on the page. For example, a login there logs in here, too.
   *
   * @param {string} path below the API's root
   * @param {number} status
   * @param {any} body
   */
  async observe(path, status, body) {
    if ((path === 'login' || path === 'refresh') && status === 200) await this.#adopt(body);
    else if ((path === 'logout' || path === 'me/deletion') && status === 204)
      this.#forget('You are logged out.');
    else if (path === 'me' && status === 200) this.#know(body);
    else if (status === 401 && this.#tokens) await this.#identify();
  }

  async #renew() {
    try {
      const answer = await this.#send('POST', 'refresh', { token: this.refreshToken });
      this.#keep(await answer.json());
      this.onChange();
    } catch {
      // The request is sent with the old token, and its response shows what is wrong.
    }
  }

  /** @param {any} tokens as the API sends them */
  async #adopt(tokens) {
    this.#keep(tokens);
    await this.#identify();
  }

  /** @param {any} tokens as the API sends them */
  #keep({ access_token, refresh_token, expires_in }) {
    const expiresAt = this.now() + expires_in * 1000;
    this.#tokens = { accessToken: access_token, refreshToken: refresh_token, expiresAt };
    this.storage.setItem(KEY, JSON.stringify(this.#tokens));
  }

  /** Asks the API for the user of the tokens, and whether they are still valid. */
  async #identify() {
    try {
      const token = await this.renewed(this.accessToken);
      const answer = await this.#send('GET', 'me', { token });
      this.#know(await answer.json());
    } catch (error) {
      if (error instanceof SessionError && error.cause === 401)
        this.#forget('Your session has ended. Log in again.');
      else throw error;
    }
  }

  /** @param {User} user */
  #know({ email, role }) {
    this.user = { email, role };
    this.onChange();
  }

  /** @param {string} message */
  #forget(message) {
    this.#tokens = undefined;
    this.user = undefined;
    this.storage.removeItem(KEY);
    this.onChange(message);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ token?: string | undefined, body?: object }} options
   */
  async #send(method, path, { token, body }) {
    const init = {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    let answer;
    try {
      answer = await this.call(path, init);
    } catch {
      throw new SessionError('The server cannot be reached. Is it running?');
    }
    if (!answer.ok) throw new SessionError(await explain(answer), { cause: answer.status });
    return answer;
  }
}

/**
 * The text of a problem document: what is wrong with each field, or the detail.
 *
 * @param {Answer} answer
 * @returns {Promise<string>}
 */
async function explain(answer) {
  const problem = await answer.json().catch(() => undefined);
  /** @type {{ pointer?: keyof typeof FIELDS, message: string }[]} */
  const errors = problem?.errors ?? [];
  const lines = errors.map(({ pointer, message }) => {
    const field = pointer === undefined ? undefined : FIELDS[pointer];
    return field ? `${field}: ${message}.` : `${message}.`;
  });
  if (lines.length > 0) return lines.join(' ');
  return problem?.detail ?? `The server answered with status ${answer.status}.`;
}

import { isProblem } from './problem';
import { type Tokens, type TokenStore } from './tokens';

/** `navigator.locks`. Some programs do not have it: old versions of Node, and pages without TLS. */
interface Locks {
  request: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/**
 * How long other tabs may need to see what one has stored, in milliseconds. Browsers with a process for each tab can
 * hand a lock over some milliseconds before `localStorage` has the new tokens there.
 */
const STORAGE_DELAY = 100;

/**
 * The session of a client. A refresh token can be used only once, so calls that find their access token expired share
 * one refresh; so do tabs that share a store, where the browser has locks. Where it has none, the API still accepts the
 * same refresh token for a few seconds (REFRESH_REUSE_INTERVAL).
 */
export class Session {
  private renewal: Promise<string | undefined> | undefined;

  /**
   * @param lock the name of the lock
   * @param refresh exchanges a refresh token
   * @param onEnd is called when the API has said that the session has ended
   */
  constructor(
    private readonly store: TokenStore,
    private readonly lock: string,
    private readonly refresh: (refreshToken: string) => Promise<Tokens>,
    private readonly onEnd: () => void,
  ) {}

  get accessToken(): string | undefined {
    return this.store.get()?.access_token;
  }

  set tokens(tokens: Tokens | undefined) {
    this.store.set(tokens);
  }

  /**
   * Returns the access token to use instead of one that the API has refused; undefined if the session has ended.
   *
   * @throws Problem, ConnectionError the refresh failed for another reason, and can be tried again
   */
  async renew(refused: string): Promise<string | undefined> {
    this.renewal ??= this.exclusively(() => this.exchange(refused)).finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async exchange(refused: string): Promise<string | undefined> {
    const tokens = this.store.get();
    // Another call or another tab has refreshed or ended the session.
    if (tokens?.access_token !== refused) return tokens?.access_token;
    try {
      const next = await this.refresh(tokens.refresh_token);
      this.store.set(next);
      return next.access_token;
    } catch (error) {
      if (!isProblem(error, 'unauthenticated', 'token_reused')) throw error;
      const current = this.accessToken;
      if (current !== refused) return current;
      this.store.set(undefined);
      this.onEnd();
      return undefined;
    }
  }

  /** The result is there at once, but other tabs get the lock only when they can see new tokens. */
  private async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {};
    if (!locks) return work();
    return new Promise((resolve, reject) => {
      const hold = async () => {
        const before = this.accessToken;
        await work().then(resolve, reject);
        if (this.accessToken !== before) await new Promise((over) => setTimeout(over, STORAGE_DELAY));
      };
      locks.request(this.lock, hold).catch(reject);
    });
  }
}

import { type components } from './schema';

/** The tokens of a session. */
export type Tokens = Pick<components['schemas']['Tokens'], 'access_token' | 'refresh_token'>;

/** Where the tokens are between two requests. */
export interface TokenStore {
  get: () => Tokens | undefined;
  /** @param tokens undefined when the session has ended */
  set: (tokens: Tokens | undefined) => void;
}

/** The part of the Web Storage API that is used. */
export interface WebStorage {
  getItem: (key: string) => string | null;
  setItem: (key: string, value: string) => void;
  removeItem: (key: string) => void;
}

/** Keeps the tokens in memory. */
export function memoryStore(tokens?: Tokens): TokenStore {
  let current = tokens;
  return {
    get: () => current,
    set: (next) => {
      current = next;
    },
  };
}

/** Keeps the tokens in `localStorage`, for all tabs, or in `sessionStorage`, for one. */
export function webStore(storage: WebStorage, key = 'emporium'): TokenStore {
  return {
    get: () => parseTokens(storage.getItem(key)),
    set: (tokens) => {
      if (tokens) storage.setItem(key, JSON.stringify(tokens));
      else storage.removeItem(key);
    },
  };
}

/** Other programs of the same origin can write the storage, too. */
function parseTokens(text: string | null): Tokens | undefined {
  try {
    const tokens = JSON.parse(text ?? 'null') as Partial<Tokens> | null;
    if (typeof tokens?.access_token !== 'string' || typeof tokens.refresh_token !== 'string')
      return undefined;
    return tokens as Tokens;
  } catch {
    return undefined;
  }
}

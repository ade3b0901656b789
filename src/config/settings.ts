import {
  chosenPassword,
  databaseUrl,
  databaseUrls,
  emailAddress,
  oneOf,
  origins,
  privateKey,
  privateKeyFile,
  publicKeysFile,
  publicUrl,
  text,
  wholeNumber,
} from './parsers';

/** One setting: its documentation, and the parser of its text, which throws what is wrong with it. */
export interface Setting {
  readonly default: string | undefined;
  readonly about: string;
  readonly parse: (text: string) => unknown;
  /** Its value must never be shown. */
  readonly secret?: true;
  /** It is accepted and checked, but has no effect in this version. */
  readonly later?: true;
}
function setting<
  const D extends string | undefined,
  P extends (text: string) => unknown,
  O extends Pick<Setting, 'secret' | 'later'> = object,
>(defaultText: D, about: string, parse: P, options?: O) {
  return { default: defaultText, about, parse, ...(options as O) };
}

/** All settings. The table in the README and `.env.example` are generated from it. */
export const SETTINGS = {
  NODE_ENV: setting(
    'development',
    '`production` switches the development-only routes off',
    oneOf('development', 'test', 'production'),
  ),
  HOST: setting(undefined, 'address to listen on; the default is 127.0.0.1, in production 0.0.0.0', text),
  PORT: setting('3000', 'port to listen on; 0 chooses a free one', wholeNumber(0, 65535)),
  DATABASE_URL: setting(
    undefined,
    'PostgreSQL 15 or later; without it an embedded PostgreSQL runs in DATA_DIR',
    databaseUrl,
    { secret: true },
  ),
  DATA_DIR: setting('.data', 'folder of the embedded database and of the generated signing key', text),
  DATABASE_POOL_MAX: setting(
    '10',
    'how many database connections each process may open',
    wholeNumber(1, 1000),
  ),
  DATABASE_REPLICA_URLS: setting(
    undefined,
    'comma-separated URLs of streaming replicas of DATABASE_URL, which then answer reads without a token',
    databaseUrls,
    { secret: true },
  ),
  DATABASE_POOLER: setting(
    'off',
    '`on`: DATABASE_URL and DATABASE_REPLICA_URLS lead to connection poolers such as PgBouncer, in transaction or session mode',
    oneOf('on', 'off'),
  ),
  ADMIN_EMAIL: setting(
    undefined,
    'e-mail address of an admin, created at the start if there is no such account',
    emailAddress,
  ),
  ADMIN_PASSWORD: setting(undefined, 'the password of that admin', chosenPassword, { secret: true }),
  JWT_PRIVATE_KEY: setting(
    undefined,
    'RSA key that signs the tokens, PEM; required in production',
    privateKey,
    {
      secret: true,
    },
  ),
  JWT_PRIVATE_KEY_FILE: setting(
    undefined,
    'path of a file with that key, instead of JWT_PRIVATE_KEY',
    privateKeyFile,
  ),
  JWT_RETIRED_KEYS_FILE: setting(
    undefined,
    'path of a file with the public keys of former private keys, whose tokens are still accepted, PEM',
    publicKeysFile,
  ),
  JWT_ISSUER: setting('emporium', '`iss` of the tokens', text),
  JWT_AUDIENCE: setting('emporium', '`aud` of the tokens', text),
  ACCESS_TOKEN_TTL: setting(
    '900',
    'lifetime of an access token, in seconds',
    wholeNumber(1, 86_400, 'seconds'),
  ),
  REFRESH_TOKEN_TTL: setting(
    '2592000',
    'lifetime of a refresh token that is not used, in seconds (30 days)',
    wholeNumber(1, 315_360_000, 'seconds'),
  ),
  REFRESH_REUSE_INTERVAL: setting(
    '10',
    'how long a used refresh token still returns the same new token, in seconds',
    wholeNumber(0, 3600, 'seconds'),
  ),
  AUTH_THROTTLE: setting(
    'on',
    '`off` switches the limits on failed logins, registrations and refreshes off, for load tests',
    oneOf('on', 'off'),
  ),
  TRUST_PROXY: setting(
    '0',
    'how many proxies in front append to X-Forwarded-For and are trusted',
    wholeNumber(0, 100),
  ),
  CORS_ORIGINS: setting(
    '*',
    'comma-separated origins that may read the API from a web page; `https://*.shop.example` means every subdomain',
    origins,
  ),
  REGISTRATION: setting(
    'open',
    '`closed`: only admins and the command line create accounts',
    oneOf('open', 'closed'),
  ),
  PUBLIC_URL: setting(
    undefined,
    'URL of the API for clients, with the path that a proxy strips, such as `https://shop.example/api`',
    publicUrl,
    { secret: true },
  ),
  CACHE_MAX_AGE: setting(
    '0',
    'how long clients may reuse a public response without asking again, in seconds',
    wholeNumber(0, 31_536_000, 'seconds'),
  ),
  IMPORT_MAX_BYTES: setting(
    '104857600',
    'size of the largest import, in bytes',
    wholeNumber(1, 2 ** 40, 'bytes'),
  ),
  HISTORY_DAYS: setting(
    '365',
    'how many days changes of stores, items, tags and links are kept',
    wholeNumber(1, 36_500, 'days'),
  ),
  REQUIRE_IF_MATCH: setting(
    'off',
    '`on`: PUT, PATCH and DELETE of stores, items and tags without If-Match are refused',
    oneOf('on', 'off'),
  ),
  REQUEST_TIMEOUT: setting(
    '5000',
    'how long a request may take before it is answered 503, in milliseconds; deleting a store may take longer',
    wholeNumber(100, 600_000, 'milliseconds'),
  ),
  SHUTDOWN_DELAY: setting(
    '0',
    'time between "not ready" and closing the listener at a stop, in milliseconds',
    wholeNumber(0, 600_000, 'milliseconds'),
  ),
  SHUTDOWN_TIMEOUT: setting(
    '10000',
    'how long a stop waits for open requests, in milliseconds',
    wholeNumber(0, 600_000, 'milliseconds'),
  ),
  WEB_CONCURRENCY: setting('1', 'how many processes serve requests on the port', wholeNumber(1, 256)),
  METRICS_PORT: setting(
    undefined,
    'port of the Prometheus metrics at /metrics, on the address of HOST; 0 chooses a free one; without it nothing is measured',
    wholeNumber(0, 65535),
  ),
  LOG_LEVEL: setting(
    'info',
    'lowest level that is logged; the log is JSON lines, or readable text on a terminal',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
};

export type SettingName = keyof typeof SETTINGS;
/** The parsed values; undefined only for a setting without a default that is not given. */
export type Parsed = {
  [N in SettingName]:
    | ReturnType<(typeof SETTINGS)[N]['parse']>
    | ((typeof SETTINGS)[N]['default'] extends string ? never : undefined);
};

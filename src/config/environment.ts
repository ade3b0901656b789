import { type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { parseEnv } from 'node:util';
import { type ConnectionOptions, parse as parseDatabaseUrl } from 'pg-connection-string';
import { emailFault, normalizeEmail } from '../common/input/email';
import { normalizePassword, passwordFault } from '../common/input/password';
import { readPrivateKey, readPublicKeys } from './rsa-keys';

/** Every wrong setting, a line each. The message is for an operator and never shows a secret. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(['The settings are wrong:', ...faults.map((fault) => `  - ${fault}`)].join('\n'));
  }
}

/** One setting: how it is documented, and how its text becomes a value. `parse` throws what is wrong with it. */
export interface Setting {
  readonly default: string | undefined;
  readonly about: string;
  readonly parse: (text: string) => unknown;
  /** Its value must not be shown. */
  readonly secret?: true;
  /** Accepted and checked, but without an effect in this version. */
  readonly later?: true;
}

const text = (value: string) => value;

function oneOf<const T extends string>(...values: T[]) {
  return (value: string): T => {
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  };
}

function wholeNumber(min: number, max: number) {
  return (value: string): number => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (!(number >= min && number <= max)) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

function databaseUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol) || url.pathname.length < 2) {
    throw new Error('must be a URL such as postgres://user:password@host:5432/database');
  }
  checkParameters(value);
  return value;
}

/** What the driver would trip over later: it reads the files of certificates, and connects to whatever port. */
function checkParameters(url: string): void {
  let options: ConnectionOptions;
  try {
    options = parseDatabaseUrl(url);
    if (typeof options.ssl === 'object') createSecureContext(options.ssl as SecureContextOptions);
  } catch (error) {
    throw new Error(`must have parameters that can be used: ${(error as Error).message}`, { cause: error });
  }
  const { port } = options;
  if (port && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw new Error('must have a port from 1 to 65535');
  }
}

function origins(value: string): '*' | string[] {
  if (value === '*') return '*';
  const list = value.split(',').map((origin) => origin.trim());
  for (const origin of list) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Error('must be * or a comma-separated list of origins such as https://shop.example');
    }
  }
  return list;
}

/** It may have `\n` for its line ends, which some shells and files cannot hold. */
function privateKey(pem: string): KeyObject {
  return readPrivateKey(pem.replaceAll('\\n', '\n'));
}

function privateKeyFile(file: string): KeyObject {
  return privateKey(readText(file));
}

function emailAddress(value: string): string {
  const email = normalizeEmail(value);
  if (emailFault(email) !== undefined) throw new Error('must be an e-mail address');
  return email;
}

function chosenPassword(value: string): string {
  const password = normalizePassword(value);
  const fault = passwordFault(password);
  if (fault !== undefined) throw new Error(fault);
  return password;
}

function publicKeysFile(file: string): KeyObject[] {
  return readPublicKeys(readText(file));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`must name a readable file (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`, {
      cause: error,
    });
  }
}

function setting<
  const D extends string | undefined,
  P extends (text: string) => unknown,
  O extends Pick<Setting, 'secret' | 'later'> = object,
>(defaultText: D, about: string, parse: P, options?: O) {
  return { default: defaultText, about, parse, ...(options as O) };
}

/** All settings. The README's table and `.env.example` are made from this. */
export const SETTINGS = {
  NODE_ENV: setting(
    'development',
    '`production` switches the development-only routes off',
    oneOf('development', 'test', 'production'),
  ),
  HOST: setting(undefined, 'address to listen on; 127.0.0.1, in production 0.0.0.0', text),
  PORT: setting('3000', 'port to listen on; 0 takes a free one', wholeNumber(0, 65535)),
  DATABASE_URL: setting(
    undefined,
    'PostgreSQL 15 or later; without it an embedded PostgreSQL runs in DATA_DIR',
    databaseUrl,
    { secret: true },
  ),
  DATA_DIR: setting('.data', 'the embedded database and the generated signing key', text),
  DATABASE_POOL_MAX: setting('10', 'database connections a process', wholeNumber(1, 1000)),
  ADMIN_EMAIL: setting(undefined, 'made an admin at start if there is no such account', emailAddress),
  ADMIN_PASSWORD: setting(undefined, 'the password of that admin', chosenPassword, { secret: true }),
  JWT_PRIVATE_KEY: setting(
    undefined,
    'RSA key that signs the tokens, PEM; required in production',
    privateKey,
    {
      secret: true,
    },
  ),
  JWT_PRIVATE_KEY_FILE: setting(undefined, 'the same, as the path of a file', privateKeyFile),
  JWT_RETIRED_KEYS_FILE: setting(undefined, 'public keys still accepted, PEM', publicKeysFile),
  JWT_ISSUER: setting('emporium', '`iss` of the tokens', text),
  JWT_AUDIENCE: setting('emporium', '`aud` of the tokens', text),
  ACCESS_TOKEN_TTL: setting('900', 'seconds', wholeNumber(1, 86_400)),
  REFRESH_TOKEN_TTL: setting('2592000', 'seconds', wholeNumber(1, 315_360_000)),
  REFRESH_REUSE_INTERVAL: setting('10', 'seconds', wholeNumber(0, 3600)),
  AUTH_THROTTLE: setting('on', '`off` for load tests', oneOf('on', 'off')),
  TRUST_PROXY: setting('0', 'trusted hops in front', wholeNumber(0, 100)),
  CORS_ORIGINS: setting('*', 'comma-separated origins that may read the API from a web page', origins),
  CACHE_MAX_AGE: setting('0', 'seconds that public reads may be kept unasked', wholeNumber(0, 31_536_000)),
  IMPORT_MAX_BYTES: setting('104857600', 'largest import', wholeNumber(1, 2 ** 40), { later: true }),
  REQUEST_TIMEOUT: setting(
    '5000',
    'milliseconds; no request outlives it (503), the deletion of a store aside',
    wholeNumber(100, 600_000),
  ),
  SHUTDOWN_DELAY: setting(
    '0',
    'milliseconds between "not ready" and closing the listener',
    wholeNumber(0, 600_000),
  ),
  SHUTDOWN_TIMEOUT: setting('10000', 'milliseconds that draining takes at most', wholeNumber(0, 600_000)),
  WEB_CONCURRENCY: setting('1', 'processes that serve, on one port', wholeNumber(1, 256)),
  METRICS_PORT: setting(undefined, 'port of the Prometheus metrics', wholeNumber(0, 65535), { later: true }),
  LOG_LEVEL: setting(
    'info',
    'JSON lines; readable ones on a terminal',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
};

export type SettingName = keyof typeof SETTINGS;
type Parsed = {
  [N in SettingName]:
    | ReturnType<(typeof SETTINGS)[N]['parse']>
    | ((typeof SETTINGS)[N]['default'] extends string ? never : undefined);
};

/** The settings as the program uses them. Everything with a default is there; durations keep the unit of the setting. */
export class Environment {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly databasePoolMax: number;
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  /** Undefined: generated in `dataDir`. */
  readonly jwtPrivateKey: KeyObject | undefined;
  /** Where it was read from, if that was a file. */
  readonly jwtPrivateKeyFile: string | undefined;
  readonly jwtRetiredKeysFile: string | undefined;
  /** Public keys whose tokens are still accepted. */
  readonly jwtRetiredKeys: readonly KeyObject[];
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  readonly accessTokenTtl: number;
  readonly refreshTokenTtl: number;
  readonly refreshReuseInterval: number;
  readonly authThrottle: boolean;
  readonly trustProxy: number;
  readonly corsOrigins: '*' | string[];
  readonly cacheMaxAge: number;
  readonly requestTimeout: number;
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  readonly webConcurrency: number;
  readonly logLevel: string;
  /** Names of settings that are given but have no effect in this version. */
  readonly ineffective: readonly SettingName[];

  constructor(values: Parsed, given: ReadonlyMap<string, string>) {
    this.production = values.NODE_ENV === 'production';
    this.host = values.HOST ?? (this.production ? '0.0.0.0' : '127.0.0.1');
    this.port = values.PORT;
    this.databaseUrl = values.DATABASE_URL;
    this.dataDir = path.resolve(values.DATA_DIR);
    this.databasePoolMax = values.DATABASE_POOL_MAX;
    this.admin =
      values.ADMIN_EMAIL !== undefined && values.ADMIN_PASSWORD !== undefined
        ? { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD }
        : undefined;
    this.jwtPrivateKey = values.JWT_PRIVATE_KEY ?? values.JWT_PRIVATE_KEY_FILE;
    this.jwtPrivateKeyFile = given.get('JWT_PRIVATE_KEY_FILE');
    this.jwtRetiredKeysFile = given.get('JWT_RETIRED_KEYS_FILE');
    this.jwtRetiredKeys = values.JWT_RETIRED_KEYS_FILE ?? [];
    this.jwtIssuer = values.JWT_ISSUER;
    this.jwtAudience = values.JWT_AUDIENCE;
    this.accessTokenTtl = values.ACCESS_TOKEN_TTL;
    this.refreshTokenTtl = values.REFRESH_TOKEN_TTL;
    this.refreshReuseInterval = values.REFRESH_REUSE_INTERVAL;
    this.authThrottle = values.AUTH_THROTTLE === 'on';
    this.trustProxy = values.TRUST_PROXY;
    this.corsOrigins = values.CORS_ORIGINS;
    this.cacheMaxAge = values.CACHE_MAX_AGE;
    this.requestTimeout = values.REQUEST_TIMEOUT;
    this.shutdownDelay = values.SHUTDOWN_DELAY;
    this.shutdownTimeout = values.SHUTDOWN_TIMEOUT;
    this.webConcurrency = values.WEB_CONCURRENCY;
    this.logLevel = values.LOG_LEVEL;
    this.ineffective = (Object.keys(SETTINGS) as SettingName[]).filter(
      (name) => 'later' in SETTINGS[name] && given.has(name),
    );
  }
}

/**
 * Reads the settings from the environment, and from a `.env` file in the working directory for what the
 * environment does not say. An empty value counts as none.
 *
 * @throws SettingsError with every fault found
 */
export function loadEnvironment(variables: NodeJS.ProcessEnv = withEnvFile(process.env)): Environment {
  const faults: string[] = [];
  const given = new Map(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
  const values = Object.fromEntries(
    Object.entries<Setting>(SETTINGS).map(([name, { default: defaultText, parse, secret }]) => {
      const raw = given.get(name) ?? defaultText;
      if (raw === undefined) return [name, undefined];
      try {
        return [name, parse(raw)];
      } catch (error) {
        const value = secret || mayBeKey(raw) ? '' : `; it is ${JSON.stringify(raw)}`;
        faults.push(`${name} ${(error as Error).message}${value}`);
        return [name, undefined];
      }
    }),
  ) as Parsed;

  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = values;
  if (email !== undefined && password !== undefined) {
    const fault = passwordFault(password, email);
    if (fault !== undefined) faults.push(`ADMIN_PASSWORD ${fault}`);
  }
  if (given.has('ADMIN_EMAIL') !== given.has('ADMIN_PASSWORD')) {
    faults.push('ADMIN_EMAIL and ADMIN_PASSWORD must be given together');
  }
  if (given.has('JWT_PRIVATE_KEY') && given.has('JWT_PRIVATE_KEY_FILE')) {
    faults.push('JWT_PRIVATE_KEY and JWT_PRIVATE_KEY_FILE must not both be given');
  }
  if (
    values.NODE_ENV === 'production' &&
    !given.has('JWT_PRIVATE_KEY') &&
    !given.has('JWT_PRIVATE_KEY_FILE')
  ) {
    faults.push('JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_FILE must be given in production');
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return new Environment(values, given);
}

/** A key where the path of its file belongs is as secret as in its own place. */
function mayBeKey(value: string): boolean {
  return /-----|[\r\n]/.test(value) || value.length > LONGEST_SHOWN;
}

const LONGEST_SHOWN = 255;

function withEnvFile(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!existsSync('.env')) return variables;
  let file: string;
  try {
    file = readFileSync('.env', 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new SettingsError([`.env cannot be read: ${(error as Error).message}`]);
  }
  const given = Object.entries(variables).filter(([, value]) => value !== '');
  return { ...parseEnv(file), ...Object.fromEntries(given) };
}

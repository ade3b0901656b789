import { type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { passwordFault } from '../common/input/password';
import { optionsFault, parseDatabaseUrl } from './database-url';
import { sendsTraces, traceFaults } from './open-telemetry';
import { type Parsed, type Setting, type SettingName, SETTINGS } from './settings';

/** Lists every wrong setting on its own line. The message is for an operator, and never shows a secret. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(['The settings are wrong:', ...faults.map((fault) => `  - ${fault}`)].join('\n'));
  }
}
/** The settings in the form that the program uses, with defaults. Durations keep the unit of the setting. */
export class Environment {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | undefined;
  /** streaming replicas of the database; empty for none */
  readonly databaseReplicaUrls: readonly string[];
  readonly dataDir: string;
  readonly databasePoolMax: number;
  /** whether the connections lead to a pooler, so that their sessions can change with each transaction */
  readonly databasePooler: boolean;
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  /** Undefined if the key is generated in `dataDir`. */
  readonly jwtPrivateKey: KeyObject | undefined;
  /** The file of the private key, if it comes from a file. */
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
  readonly registrationOpen: boolean;
  /** URL of the API for clients, without a slash at the end */
  readonly publicUrl: string | undefined;
  /** the path of `publicUrl`, such as `/api`, or empty; a proxy strips it, and URLs in responses need it */
  readonly publicPath: string;
  readonly cacheMaxAge: number;
  readonly historyDays: number;
  readonly importMaxBytes: number;
  readonly requireIfMatch: boolean;
  readonly requestTimeout: number;
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  readonly webConcurrency: number;
  /** Undefined if nothing is measured. */
  readonly metricsPort: number | undefined;
  readonly logLevel: string;
  /** whether traces are sent, by the standard variables of OpenTelemetry */
  readonly tracing: boolean;
  /** Names of given settings that have no effect in this version. */
  readonly ineffective: readonly SettingName[];

  constructor(values: Parsed, given: ReadonlyMap<string, string>) {
    this.production = values.NODE_ENV === 'production';
    this.host = values.HOST ?? (this.production ? '0.0.0.0' : '127.0.0.1');
    this.port = values.PORT;
    this.databaseUrl = values.DATABASE_URL;
    this.databaseReplicaUrls = values.DATABASE_REPLICA_URLS ?? [];
    this.dataDir = path.resolve(values.DATA_DIR);
    this.databasePoolMax = values.DATABASE_POOL_MAX;
    this.databasePooler = values.DATABASE_POOLER === 'on';
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
    this.registrationOpen = values.REGISTRATION === 'open';
    this.publicUrl = values.PUBLIC_URL;
    this.publicPath =
      values.PUBLIC_URL === undefined ? '' : new URL(values.PUBLIC_URL).pathname.replace(/\/$/, '');
    this.cacheMaxAge = values.CACHE_MAX_AGE;
    this.importMaxBytes = values.IMPORT_MAX_BYTES;
    this.historyDays = values.HISTORY_DAYS;
    this.requireIfMatch = values.REQUIRE_IF_MATCH === 'on';
    this.requestTimeout = values.REQUEST_TIMEOUT;
    this.shutdownDelay = values.SHUTDOWN_DELAY;
    this.shutdownTimeout = values.SHUTDOWN_TIMEOUT;
    this.webConcurrency = values.WEB_CONCURRENCY;
    this.metricsPort = values.METRICS_PORT;
    this.logLevel = values.LOG_LEVEL;
    this.tracing = sendsTraces(given);
    this.ineffective = (Object.keys(SETTINGS) as SettingName[]).filter(
      (name) => 'later' in SETTINGS[name] && given.has(name),
    );
  }
}

/**
 * Reads the settings from the environment, and then from a `.env` file in the working directory. An empty value counts
 * as not given.
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
  if (values.DATABASE_POOLER === 'on') faults.push(...poolerFaults(values));
  if (given.has('DATABASE_REPLICA_URLS') && !given.has('DATABASE_URL')) {
    faults.push('DATABASE_REPLICA_URLS needs DATABASE_URL, because the embedded PostgreSQL has no replicas');
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
  if (values.METRICS_PORT !== undefined && values.METRICS_PORT !== 0 && values.METRICS_PORT === values.PORT) {
    faults.push('METRICS_PORT must not be the same as PORT');
  }
  faults.push(...traceFaults(given));
  if (faults.length > 0) throw new SettingsError(faults);
  return new Environment(values, given);
}

/** URLs with options that a pooler does not pass on. */
function poolerFaults({ DATABASE_URL: url, DATABASE_REPLICA_URLS: replicas = [] }: Parsed): string[] {
  const named = [['DATABASE_URL', url], ...replicas.map((replica) => ['DATABASE_REPLICA_URLS', replica])];
  return named.flatMap(([name = '', each]) => {
    const fault = each === undefined ? undefined : optionsFault(parseDatabaseUrl(each).options);
    return fault === undefined ? [] : [`${name} ${fault} when DATABASE_POOLER is on`];
  });
}

/** Whether a value may be a key that was given instead of the path of its file. It must not be shown. */
function mayBeKey(value: string): boolean {
  return /-----|[\r\n]/.test(value) || value.length > LONGEST_SHOWN;
}

const LONGEST_SHOWN = 255;

function withEnvFile(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!existsSync('.env')) return variables;
  let file: Record<string, string | undefined>;
  try {
    file = parseEnv(readFileSync('.env', 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SettingsError([`.env cannot be read: ${(error as Error).message}`]);
  }
  const given = Object.entries(variables).filter(([, value]) => value !== '');
  const merged = { ...file, ...Object.fromEntries(given) };
  // The library of OpenTelemetry reads its variables from the environment itself.
  for (const [name, value] of Object.entries(merged)) if (name.startsWith('OTEL_')) variables[name] = value;
  return merged;
}

/** What commands that speak to a server take from the environment, so that it is in no list of processes. */
export function clientSecrets({ EMPORIUM_PASSWORD, EMPORIUM_TOKEN }: NodeJS.ProcessEnv = process.env): {
  password: string | undefined;
  token: string | undefined;
} {
  const given = (value: string | undefined) => (value === '' ? undefined : value);
  return { password: given(EMPORIUM_PASSWORD), token: given(EMPORIUM_TOKEN) };
}

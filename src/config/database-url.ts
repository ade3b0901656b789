import { userInfo } from 'node:os';
import { type ConnectionOptions as TlsOptions } from 'node:tls';
import { type ConnectionOptions, parse } from 'pg-connection-string';

/**
 * A parsed DATABASE_URL. Parts that the URL does not have get their defaults here, never from environment variables.
 */
export interface DatabaseAddress {
  /** a name, an IP address, or the folder of a Unix socket */
  host: string;
  port: number;
  user: string;
  password: string | undefined;
  database: string;
  /** false: the connection is not encrypted */
  tls: TlsOptions | false;
  /** whether TLS starts at once, without asking the server first */
  directTls: boolean;
  /** command-line options for the session */
  options: string;
  applicationName: string | undefined;
}

const SHAPE = 'must be a URL such as postgres://user:password@host:5432/database';

/** In a user name and a password these characters have a special meaning. */
const ESCAPES = { '#': '%23', '/': '%2F', '?': '%3F', '@': '%40', ':': '%3A', '%': '%25' } as const;

const ESCAPE_RULE = `in its user name and password write ${Object.entries(ESCAPES)
  .map(([character, escape]) => `${character} as ${escape}`)
  .join(', ')}`;

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * Parses a DATABASE_URL in every form that the driver accepts, and reads the certificate files that it names.
 *
 * @throws Error that says what the URL must be, as the end of a sentence and without showing any part of the URL
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  if (!/^(postgres(ql)?:\/\/|socket:|\/)/.test(text)) throw new Error(SHAPE);
  checkEscapes(text);
  const parsed = read(text);
  const { password, options = '', application_name: applicationName, sslnegotiation } = parsed;
  const database = parsed.database ?? parsed.dbname;
  if (typeof database !== 'string' || database === '') throw new Error(`${SHAPE}; it names no database`);
  const host = orDefault(parsed.host, 'localhost');
  return {
    host,
    port: portOf(parsed),
    user: orDefault(parsed.user, osUser),
    password: password === '' ? undefined : password,
    database,
    // PostgreSQL does not support TLS on a Unix socket.
    tls: host.startsWith('/') ? false : tlsOf(parsed),
    directTls: sslnegotiation === 'direct',
    options,
    applicationName,
  };
}

/**
 * The search path in the command-line options of a session. Undefined if they have none. A pooler does not pass options
 * on, and this is the only one that Emporium can replace.
 */
export function searchPathOf(options: string): string | undefined {
  return settingsOf(options).findLast(([name]) => name === 'search_path')?.[1];
}

/** What is wrong with the options of a session that a pooler does not pass on, as the end of a sentence. */
export function optionsFault(options: string): string | undefined {
  const isOther = settingsOf(options).some(([name]) => name !== 'search_path');
  return isOther ? 'must have no options other than -c search_path=…' : undefined;
}

/** Options such as `-c name=value` and `--name=value`, as pairs. The name is empty for every other option. */
function settingsOf(options: string): [name: string, value: string][] {
  // A backslash escapes a space (PostgreSQL manual, "options").
  const words = (options.match(/(?:\\.|[^\s\\])+/g) ?? []).map((word) => word.replaceAll(/\\(.)/g, '$1'));
  const settings: [string, string][] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] === '-c' ? `-c${words[++index] ?? ''}` : (words[index] ?? '');
    const [, name = '', value = ''] = /^(?:-c|--)([^=]+)=(.*)$/s.exec(word) ?? [];
    settings.push([name.replaceAll('-', '_').toLowerCase(), value]);
  }
  return settings;
}

/** Finds special characters that are not escaped. Otherwise the error would be that a host does not exist. */
function checkEscapes(text: string): void {
  const raw = rawCharacter(text);
  if (raw !== undefined) {
    throw new Error(`must have ${raw} written as ${ESCAPES[raw]} in its user name or password`);
  }
}

function rawCharacter(text: string): '#' | '/' | '?' | undefined {
  if (text.includes('#')) return '#';
  // If an `@` follows the apparent host, and a `/` follows it, the password contains the separator:
  // `user:pa/ss@host/database`.
  const [, separator] = /^\w+:\/\/[^/?@]+([/?])[^=@]*@[^/?]*\//.exec(text) ?? [];
  return separator as '/' | '?' | undefined;
}

function read(text: string): ConnectionOptions {
  const [, authority = ''] = /^\w+:\/\/([^/?]*)/.exec(text) ?? [];
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  if (hosts.includes(',')) throw new Error(ONE_HOST);
  let parsed: ConnectionOptions;
  try {
    parsed = parse(text.startsWith('/') ? text : withoutAliases(escaped(text)));
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    // A certificate file or the combination of parameters is wrong. The driver's message says what is wrong.
    const isOfParameters = code !== 'ERR_INVALID_URL' && name !== 'URIError';
    throw new Error(
      isOfParameters ? `must have parameters that can be used: ${message}` : `${SHAPE}; ${ESCAPE_RULE}`,
      { cause: error },
    );
  }
  if (parsed.host?.includes(',') || parsed.port?.includes(',')) throw new Error(ONE_HOST);
  return parsed;
}

const ONE_HOST = 'must name one host; a list of hosts to try is not supported';

/** Escapes spaces and single `%`. The driver would escape the whole URL or nothing. */
function escaped(text: string): string {
  return text.replaceAll(' ', '%20').replaceAll(/%(?![0-9a-f]{2})/gi, '%25');
}

/**
 * The driver treats these modes as `verify-full`, with a warning on standard error. This writes `verify-full` instead,
 * to avoid the warning.
 */
function withoutAliases(text: string): string {
  if (/[?&]uselibpqcompat=true(&|$)/.test(text)) return text;
  return text.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}

function portOf({ port }: ConnectionOptions): number {
  if (port === undefined || port === null || port === '') return 5432;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) throw new Error('must have a port from 1 to 65535');
  return number;
}

function tlsOf({ ssl, sslmode }: ConnectionOptions): TlsOptions | false {
  if (sslmode !== undefined && !SSL_MODES.includes(sslmode as string)) {
    throw new Error(`must have one of ${SSL_MODES.join(', ')} as its sslmode`);
  }
  if (ssl === undefined || ssl === false || ssl === 'false' || ssl === 'disable') return false;
  if (ssl === 'no-verify') return { rejectUnauthorized: false };
  if (ssl !== true && typeof ssl === 'string' && !SSL_MODES.includes(ssl)) {
    throw new Error('must have true, false or no-verify as its ssl');
  }
  // It is explicit, so that NODE_TLS_REJECT_UNAUTHORIZED has no effect.
  return { rejectUnauthorized: true, ...(typeof ssl === 'object' && (ssl as TlsOptions)) };
}

function orDefault(value: string | null | undefined, otherwise: string | (() => string)): string {
  if (value) return value;
  return typeof otherwise === 'string' ? otherwise : otherwise();
}

/** The name of the user of this process, like psql. */
function osUser(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new Error('must name a user, because the user of this process has no name', { cause: error });
  }
}

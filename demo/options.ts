import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';

export const USAGE = `Loads the Superstore retail data into a running server. It can be run again at any time.

  npm run demo -- [options]

  --url       where the server is: EMPORIUM_URL, or http://127.0.0.1 with the PORT of the environment or .env, or 3000
  --email     the account that gets the stores, made if there is none: EMPORIUM_EMAIL, or demo@emporium.example
  --password  its password: EMPORIUM_PASSWORD, or on this machine "superstore demo"
`;

/** It is public, so it is used only for servers on this machine. */
const PUBLIC_PASSWORD = 'superstore demo';

export interface DemoOptions {
  url: string;
  email: string;
  password: string;
  /** Whether the password is the public one of the demo, which may be shown. */
  isPasswordPublic: boolean;
  help: boolean;
}

/** The options are wrong. The message says why in one line. */
export class UsageError extends Error {}

/**
 * Reads the options from the command line, then from the environment, and then from the `.env` file of the server.
 *
 * @throws UsageError
 */
export function readOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  envFile = '.env',
): DemoOptions {
  const values = parseOptions(args);
  const settings = withEnvFile(environment, envFile);
  const givenUrl = values.url ?? settings.EMPORIUM_URL;
  const url = givenUrl ?? localUrl(settings);
  if (!values.help && givenUrl === undefined && settings.PORT === '0') {
    throw new UsageError('PORT is 0, so the server listens on any free port: give --url');
  }
  if (!values.help) checkUrl(url, givenUrl === undefined ? 'HOST and PORT' : '--url');
  const given = values.password ?? settings.EMPORIUM_PASSWORD;
  // A server that is found by HOST and PORT is on this machine, whatever its address is.
  if (given === undefined && !values.help && givenUrl !== undefined && !isLoopback(url)) {
    throw new UsageError(
      `${new URL(url).hostname} is another machine: give --password, since the demo's own is public`,
    );
  }
  return {
    url: url.replace(/\/+$/, ''),
    email: values.email ?? settings.EMPORIUM_EMAIL ?? 'demo@emporium.example',
    password: given ?? PUBLIC_PASSWORD,
    isPasswordPublic: given === undefined || given === PUBLIC_PASSWORD,
    help: values.help,
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        email: { type: 'string' },
        password: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Reads settings like the server: an empty value counts as not given, and the environment comes before the file. */
function withEnvFile(environment: NodeJS.ProcessEnv, file: string): Record<string, string | undefined> {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) : {};
  const given = [fromFile, environment].flatMap((values) =>
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  );
  return Object.fromEntries(given);
}

/** The URL of a server with these settings. */
function localUrl({ HOST = '', PORT = '3000' }: Record<string, string | undefined>): string {
  const isEveryAddress = ['', '0.0.0.0', '::'].includes(HOST);
  const host = isEveryAddress ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`;
}

function checkUrl(url: string, source: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return;
  throw new UsageError(`${source} must make a URL like http://127.0.0.1:3000; it is ${JSON.stringify(url)}`);
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

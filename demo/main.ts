import { parseArgs } from 'node:util';
import { ApiError } from './api';
import { loadCatalogue } from './load-catalogue';
import { showProgress } from './progress';
import { formatResult } from './table';

const USAGE = `Loads the Superstore retail data into a running server. It can be run again at any time.

  npm run demo -- [options]

  --url       where the server is: EMPORIUM_URL, or http://127.0.0.1:3000
  --email     the account that gets the stores, made if there is none: EMPORIUM_EMAIL, or demo@emporium.example
  --password  its password: EMPORIUM_PASSWORD, or on this machine a fixed one
`;

/** Known to everybody who reads this, so it is for servers on this machine only. */
const PUBLIC_PASSWORD = 'superstore demo';

class UsageError extends Error {}

async function main(): Promise<void> {
  const { url, email, password, help } = readOptions();
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const progress = showProgress(process.stderr);
  const load = loadCatalogue({ url, email, password, onProgress: progress.update });
  const result = await load.finally(progress.stop);
  process.stdout.write(formatResult(result));
}

function readOptions(): { url: string; email: string; password: string; help: boolean } {
  const values = parseOptions();
  const url = values.url ?? fromEnvironment('EMPORIUM_URL') ?? 'http://127.0.0.1:3000';
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new UsageError(`--url must be like http://127.0.0.1:3000; it is ${JSON.stringify(url)}`);
  }
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  const password =
    values.password ?? fromEnvironment('EMPORIUM_PASSWORD') ?? (isLocal ? PUBLIC_PASSWORD : undefined);
  if (password === undefined && !values.help) {
    throw new UsageError(`${hostname} is another machine: give --password, since the demo's own is public`);
  }
  return {
    url,
    email: values.email ?? fromEnvironment('EMPORIUM_EMAIL') ?? 'demo@emporium.example',
    password: password ?? '',
    help: values.help,
  };
}

function parseOptions() {
  try {
    return parseArgs({
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

/** An empty value counts as none, as it does for the server. */
function fromEnvironment(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

main().catch((error: unknown) => {
  // What is expected to go wrong is told in one line; anything else is a defect here and shows where.
  const isExpected = error instanceof ApiError || error instanceof UsageError;
  process.stderr.write(`${isExpected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Environment, loadEnvironment, SettingsError } from './environment';
import { SETTINGS } from './settings';

const pem = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

const publicPem = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ type: 'spki', format: 'pem' }) as string;

const KEY = pem(2048);
const PUBLIC = publicPem(2048);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'emporium-settings-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(text: string, name = 'file.pem'): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

function faultsOf(variables: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadEnvironment(variables);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('without settings', () => {
  it('everything has its default', () => {
    expect(loadEnvironment({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: undefined,
      dataDir: path.resolve('.data'),
      databasePoolMax: 10,
      databasePooler: false,
      admin: undefined,
      jwtPrivateKey: undefined,
      jwtIssuer: 'emporium',
      jwtAudience: 'emporium',
      accessTokenTtl: 900,
      refreshTokenTtl: 2_592_000,
      refreshReuseInterval: 10,
      trustProxy: 0,
      corsOrigins: '*',
      registrationOpen: true,
      requestTimeout: 5000,
      shutdownDelay: 0,
      shutdownTimeout: 10_000,
      logLevel: 'info',
    } satisfies Partial<Environment>);
  });

  it('an empty value counts as none', () => {
    expect(loadEnvironment({ PORT: '', HOST: '', DATABASE_URL: '', ADMIN_EMAIL: '' })).toEqual(
      loadEnvironment({}),
    );
  });

  it('variables of others do not matter', () => {
    expect(loadEnvironment({ PATH: '/bin', npm_config_x: 'y' })).toEqual(loadEnvironment({}));
  });

  it('production listens on every address', () => {
    const production = { NODE_ENV: 'production', JWT_PRIVATE_KEY: KEY };
    expect(loadEnvironment(production)).toMatchObject({ production: true, host: '0.0.0.0' });
    expect(loadEnvironment({ ...production, HOST: '10.0.0.1' }).host).toBe('10.0.0.1');
  });
});

describe('a good value', () => {
  it.each<[Record<string, string>, Partial<Environment>]>([
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65_535 }],
    [{ DATABASE_URL: 'postgres://u:p@h:1/d' }, { databaseUrl: 'postgres://u:p@h:1/d' }],
    [
      { DATABASE_URL: 'postgresql://h/d?sslmode=require' },
      { databaseUrl: 'postgresql://h/d?sslmode=require' },
    ],
    [
      { DATABASE_URL: 'postgres://u@localhost/d?host=/tmp&port=5433' },
      { databaseUrl: 'postgres://u@localhost/d?host=/tmp&port=5433' },
    ],
    [{ DATA_DIR: '/var/lib/x' }, { dataDir: path.resolve('/var/lib/x') }],
    [{ CORS_ORIGINS: 'https://a.example' }, { corsOrigins: ['https://a.example'] }],
    [
      { CORS_ORIGINS: 'https://a.example, http://localhost:5173' },
      { corsOrigins: ['https://a.example', 'http://localhost:5173'] },
    ],
    [
      { CORS_ORIGINS: 'https://*.example, http://*.dev.example:5173' },
      { corsOrigins: ['https://*.example', 'http://*.dev.example:5173'] },
    ],
    [{}, { publicUrl: undefined, publicPath: '' }],
    [{ PUBLIC_URL: 'https://shop.example' }, { publicUrl: 'https://shop.example', publicPath: '' }],
    [{ PUBLIC_URL: 'https://shop.example/' }, { publicUrl: 'https://shop.example', publicPath: '' }],
    [
      { PUBLIC_URL: 'HTTP://Shop.example:8080/a/b/' },
      { publicUrl: 'http://shop.example:8080/a/b', publicPath: '/a/b' },
    ],
    [
      { PUBLIC_URL: 'https://bücher.example/ä b' },
      { publicUrl: 'https://xn--bcher-kva.example/%C3%A4%20b', publicPath: '/%C3%A4%20b' },
    ],
    [{ REQUEST_TIMEOUT: '100' }, { requestTimeout: 100 }],
    [{ TRUST_PROXY: '2' }, { trustProxy: 2 }],
    [{ REFRESH_REUSE_INTERVAL: '0' }, { refreshReuseInterval: 0 }],
    [{ REGISTRATION: 'closed' }, { registrationOpen: false }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [
      { ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'correct horse' },
      { admin: { email: 'a@example.com', password: 'correct horse' } },
    ],
  ])('%j', (variables, expected) => {
    expect(loadEnvironment(variables)).toMatchObject(expected);
  });

  it.each([
    ['as it is', KEY],
    ['with \\n for its line ends', KEY.replaceAll('\n', '\\n')],
  ])('JWT_PRIVATE_KEY %s', (_name, text) => {
    const key = loadEnvironment({ JWT_PRIVATE_KEY: text }).jwtPrivateKey;
    expect(key?.export({ type: 'pkcs8', format: 'pem' })).toBe(KEY);
  });

  it.each<[string, () => string, number]>([
    ['none', () => ' \n', 0],
    ['one', () => PUBLIC, 1],
    ['two, with a note', () => `# of 2025\n${PUBLIC}# of 2026\n${publicPem(2048)}`, 2],
  ])('JWT_RETIRED_KEYS_FILE with %s', (_name, text, count) => {
    const file = fileWith(text(), 'retired.pem');
    expect(loadEnvironment({ JWT_RETIRED_KEYS_FILE: file }).jwtRetiredKeys).toHaveLength(count);
  });

  it('JWT_PRIVATE_KEY_FILE', () => {
    const key = loadEnvironment({ JWT_PRIVATE_KEY_FILE: fileWith(KEY) }).jwtPrivateKey;
    expect(key?.export({ type: 'pkcs8', format: 'pem' })).toBe(KEY);
  });
});

describe('a wrong value', () => {
  it.each<[string, string]>([
    ['NODE_ENV', 'staging'],
    ['NODE_ENV', 'Production'],
    ['PORT', 'x'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', '1e3'],
    ['PORT', ' 3000'],
    ['DATABASE_URL', 'mysql://h/d'],
    ['DATABASE_URL', 'postgres://h'],
    ['DATABASE_URL', 'postgres://h/'],
    ['DATABASE_URL', 'nonsense'],
    ['DATABASE_URL', 'postgres://u:p@h/d?port=abc'],
    ['DATABASE_URL', 'postgres://u:p@h/d?port=0'],
    ['DATABASE_URL', 'postgres://u:p@h/d?port=65536'],
    ['DATABASE_URL', 'postgres://u:p@h:0/d'],
    ['DATABASE_URL', 'postgres://u:p@h/d?sslrootcert=/does/not/exist'],
    ['DATABASE_URL', 'postgres://u:p@h/d?sslcert=/does/not/exist'],
    ['DATABASE_URL', `postgres://u:p@h/d?sslcert=${__filename}`],
    ['DATABASE_POOL_MAX', '0'],
    ['DATABASE_POOL_MAX', '1001'],
    ['DATABASE_POOLER', 'transaction'],
    ['ACCESS_TOKEN_TTL', '0'],
    ['REFRESH_TOKEN_TTL', '9999999999999999'],
    ['AUTH_THROTTLE', 'yes'],
    ['TRUST_PROXY', 'true'],
    ['CORS_ORIGINS', 'a.example'],
    ['CORS_ORIGINS', 'https://a.example/'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['CORS_ORIGINS', 'https://a.example,*'],
    ['CORS_ORIGINS', ','],
    ['CORS_ORIGINS', 'HTTPS://A.example'],
    ['CORS_ORIGINS', 'https://*'],
    ['CORS_ORIGINS', 'https://*.example/'],
    ['CORS_ORIGINS', 'https://a.*.example'],
    ['CORS_ORIGINS', 'https://*.*.example'],
    ['CORS_ORIGINS', 'https://*shop.example'],
    ['CORS_ORIGINS', 'https://shop.example:*'],
    ['CORS_ORIGINS', '*://shop.example'],
    ['CORS_ORIGINS', '*.shop.example'],
    ['PUBLIC_URL', '/shop'],
    ['PUBLIC_URL', 'shop.example'],
    ['PUBLIC_URL', 'shop.example/api'],
    ['PUBLIC_URL', 'https:/shop.example'],
    ['PUBLIC_URL', 'ftp://shop.example'],
    ['PUBLIC_URL', 'https://shop.example/?'],
    ['PUBLIC_URL', 'https://shop.example/api?x=1'],
    ['PUBLIC_URL', 'https://shop.example/api#'],
    ['PUBLIC_URL', 'https://user@shop.example'],
    ['PUBLIC_URL', 'https://shop.example//evil.example'],
    ['PUBLIC_URL', 'https://'],
    ['CACHE_MAX_AGE', '-1'],
    ['IMPORT_MAX_BYTES', '0'],
    ['REQUEST_TIMEOUT', '0'],
    ['REQUEST_TIMEOUT', '99'],
    ['SHUTDOWN_TIMEOUT', '1s'],
    ['WEB_CONCURRENCY', '0'],
    ['METRICS_PORT', '70000'],
    ['REGISTRATION', 'off'],
    ['LOG_LEVEL', 'verbose'],
    ['JWT_PRIVATE_KEY', 'not a key'],
    ['JWT_PRIVATE_KEY_FILE', '/does/not/exist'],
    ['JWT_RETIRED_KEYS_FILE', '/does/not/exist'],
  ])('of %s is named: %j', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name} must `));
  });

  it.each([
    ['too short', () => pem(1024)],
    [
      'of another kind',
      () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ],
    [
      'a public one',
      () =>
        generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
          type: 'spki',
          format: 'pem',
        }) as string,
    ],
  ])('of JWT_PRIVATE_KEY is named: %s', (_name, key) => {
    const text = key();
    const faults = faultsOf({ JWT_PRIVATE_KEY: text });
    expect(faults).toEqual(['JWT_PRIVATE_KEY must be an RSA private key of at least 2048 bits in PEM form']);
    expect(faultsOf({ JWT_PRIVATE_KEY_FILE: fileWith(text, 'wrong.pem') })).toHaveLength(1);
  });

  it.each<[string, () => string]>([
    ['garbage', () => 'garbage'],
    ['one that is cut', () => PUBLIC.slice(0, 200)],
    ['one without its first line', () => PUBLIC.slice(PUBLIC.indexOf('\n') + 1)],
    ['a good one and one that is cut', () => PUBLIC + PUBLIC.slice(0, 200)],
    ['a good one and the beginning of another', () => `${PUBLIC}-----BEG`],
    ['a good one and one of which a part is missing', () => PUBLIC + PUBLIC.replace(/.{64}\n/, '')],
    ['a good one and one that is too short', () => PUBLIC + publicPem(1024)],
    [
      'one of another kind',
      () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string,
    ],
  ])('of JWT_RETIRED_KEYS_FILE is named: %s', (_name, text) => {
    const file = fileWith(text(), 'retired.pem');
    expect(faultsOf({ JWT_RETIRED_KEYS_FILE: file })).toEqual([
      `JWT_RETIRED_KEYS_FILE must hold nothing but RSA public keys of at least 2048 bits in PEM form; it is "${file}"`,
    ]);
  });

  it('is told together with every other one', () => {
    const wrong = {
      PORT: 'x',
      LOG_LEVEL: 'x',
      TRUST_PROXY: 'x',
      CORS_ORIGINS: 'x',
      ADMIN_EMAIL: 'a@example.com',
    };
    const faults = faultsOf(wrong);
    expect(faults).toHaveLength(5);
    for (const name of Object.keys(wrong)) expect(faults.join('\n')).toContain(name);
    expect(() => loadEnvironment(wrong)).toThrow(new SettingsError(faults).message);
    for (const fault of faults) expect(new SettingsError(faults).message).toContain(fault);
  });

  it.each<[string, string]>([
    ['DATABASE_URL', 'mysql://user:hush-hush@host/db'],
    ['JWT_PRIVATE_KEY', 'hush-hush'],
  ])('of the secret %s is not shown', (name, value) => {
    const faults = faultsOf({ ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'correct horse', [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name} `));
    expect(faults[0]).not.toContain('hush');
  });

  it.each(['JWT_PRIVATE_KEY_FILE', 'JWT_RETIRED_KEYS_FILE', 'HOST', 'PORT'])(
    'of %s is not shown where it is a key',
    (name) => {
      const body = KEY.replaceAll(/-----.*-----|\n/g, '');
      for (const value of [KEY, KEY.replaceAll('\n', '\\n'), KEY.replaceAll('\n', ' '), body]) {
        const message = new SettingsError(faultsOf({ [name]: value, LOG_LEVEL: 'x' })).message;
        for (const part of [KEY.split('\n')[1] ?? '', body.slice(-40), 'BEGIN']) {
          expect(message).not.toContain(part);
        }
      }
    },
  );
});

describe('the unit of a setting', () => {
  it.each([
    ['ACCESS_TOKEN_TTL', 'seconds'],
    ['REFRESH_TOKEN_TTL', 'seconds'],
    ['REFRESH_REUSE_INTERVAL', 'seconds'],
    ['CACHE_MAX_AGE', 'seconds'],
    ['REQUEST_TIMEOUT', 'milliseconds'],
    ['SHUTDOWN_DELAY', 'milliseconds'],
    ['SHUTDOWN_TIMEOUT', 'milliseconds'],
    ['IMPORT_MAX_BYTES', 'bytes'],
  ] as const)('of %s, %s, stands in its description and in the message about a wrong value', (name, unit) => {
    expect(SETTINGS[name].about).toMatch(new RegExp(`\\bin ${unit}\\b`));
    const [fault] = faultsOf({ [name]: '15m' });
    expect(fault).toMatch(
      new RegExp(`^${name} must be a whole number of ${unit} from \\d+ to \\d+; it is "15m"$`),
    );
  });
});

describe('settings that belong together', () => {
  it.each<[Record<string, string>]>([
    [{ ADMIN_EMAIL: 'a@example.com' }],
    [{ ADMIN_PASSWORD: 'correct horse' }],
    [{ ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: '' }],
    [{ JWT_PRIVATE_KEY: KEY, JWT_PRIVATE_KEY_FILE: '' }],
  ])('%#: one without the other', (variables) => {
    const faults = faultsOf(variables);
    expect(faults).toEqual(
      'JWT_PRIVATE_KEY' in variables ? [] : ['ADMIN_EMAIL and ADMIN_PASSWORD must be given together'],
    );
  });

  it('a pooler passes no options on, and only the search path can be set without them', () => {
    const faults = (options: string, pooler: string) =>
      faultsOf({ DATABASE_POOLER: pooler, DATABASE_URL: `postgres://ada:hush@h/d?options=${options}` });
    expect(faults('-c%20work_mem=1MB', 'on')).toEqual([
      'DATABASE_URL must have no options other than -c search_path=… when DATABASE_POOLER is on',
    ]);
    expect(faults('-c%20work_mem=1MB', 'off')).toEqual([]);
    expect(faults('-c%20search_path=shop', 'on')).toEqual([]);
  });

  it('replicas are listed with commas, and each wrong URL is told', () => {
    const urls = ['postgres://ada:pa,ss@one/d', '/run/postgresql d', 'postgresql://ada@two:5433/d'];
    const given = { DATABASE_URL: 'postgres://ada@h/d', DATABASE_REPLICA_URLS: urls.join(', ') };
    expect(loadEnvironment(given).databaseReplicaUrls).toEqual(urls);
    expect(loadEnvironment({}).databaseReplicaUrls).toEqual([]);

    const faults = (list: string, more = {}) => faultsOf({ ...given, DATABASE_REPLICA_URLS: list, ...more });
    expect(faults('postgres://ada:hush@one,postgres://ada@two/d,postgres://ada@three:0/d')).toEqual([
      'DATABASE_REPLICA_URLS must be a URL such as postgres://user:password@host:5432/database; it names no database ' +
        '(URL 1 of 3), and must have a port from 1 to 65535 (URL 3 of 3)',
    ]);
    expect(faults('postgres://ada@one,two/d')).toEqual([
      expect.stringMatching(/^DATABASE_REPLICA_URLS must name one host.* \(URL 1 of 1\)$/),
    ]);
    expect(faults('postgres://ada@one/d,postgres://ada@one/d')).toEqual([
      'DATABASE_REPLICA_URLS must not name a URL twice',
    ]);
    expect(faults('postgres://ada@one/d,')).toHaveLength(1);
    expect(faults('postgres://ada@one/d', { DATABASE_URL: '' })).toEqual([
      'DATABASE_REPLICA_URLS needs DATABASE_URL, because the embedded PostgreSQL has no replicas',
    ]);
    expect(faults('postgres://ada@one/d?options=-c%20work_mem=1MB', { DATABASE_POOLER: 'on' })).toEqual([
      'DATABASE_REPLICA_URLS must have no options other than -c search_path=… when DATABASE_POOLER is on',
    ]);
  });

  it('the key may be given in one way only', () => {
    expect(faultsOf({ JWT_PRIVATE_KEY: KEY, JWT_PRIVATE_KEY_FILE: fileWith(KEY) })).toEqual([
      'JWT_PRIVATE_KEY and JWT_PRIVATE_KEY_FILE must not both be given',
    ]);
  });

  it('production needs a key', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toEqual([
      'JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_FILE must be given in production',
    ]);
    expect(faultsOf({ NODE_ENV: 'production', JWT_PRIVATE_KEY_FILE: fileWith(KEY) })).toEqual([]);
  });
});

it('settings without an effect are told when they are given', () => {
  const later = Object.entries(SETTINGS).filter(([, setting]) => 'later' in setting);
  const values: Record<string, string> = { JWT_RETIRED_KEYS_FILE: fileWith('') };
  for (const [name, setting] of later) values[name] ??= setting.default ?? '9000';
  expect(loadEnvironment({}).ineffective).toEqual([]);
  expect(
    loadEnvironment(Object.fromEntries(later.map(([name]) => [name, values[name]]))).ineffective,
  ).toEqual(later.map(([name]) => name));
});

describe('the .env file', () => {
  const before = process.cwd();
  afterEach(() => {
    process.chdir(before);
  });

  it('is read for what the environment does not say', () => {
    // The test runner itself has NODE_ENV=test.
    const own = mkdtempSync(path.join(folder, 'env-'));
    writeFileSync(path.join(own, '.env'), '# a comment\nJWT_ISSUER="from the file"\nNODE_ENV=production\n');
    process.chdir(own);
    expect(loadEnvironment()).toMatchObject({ jwtIssuer: 'from the file', production: false });
  });

  it('need not be there', () => {
    process.chdir(mkdtempSync(path.join(folder, 'none-')));
    expect(loadEnvironment().jwtIssuer).toBe('emporium');
  });
});

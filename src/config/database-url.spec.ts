import { userInfo } from 'node:os';
import { loadEnvironment, SettingsError } from './environment';
import { type DatabaseAddress, optionsFault, parseDatabaseUrl, searchPathOf } from './database-url';

const DEFAULTS: DatabaseAddress = {
  host: 'localhost',
  port: 5432,
  user: userInfo().username,
  password: undefined,
  database: 'shop',
  tls: false,
  directTls: false,
  options: '',
  applicationName: undefined,
};
const ACCOUNT = { user: 'ada', password: 'secret' };

describe('a DATABASE_URL leads', () => {
  it.each<[string, Partial<DatabaseAddress>]>([
    ['postgres://ada:secret@db.example:5433/shop', { ...ACCOUNT, host: 'db.example', port: 5433 }],
    ['postgresql://ada:secret@db.example/shop', { ...ACCOUNT, host: 'db.example' }],
    ['postgres://ada@db.example/shop', { user: 'ada', host: 'db.example' }],
    ['postgres://db.example/shop', { host: 'db.example' }],
    ['postgres:///shop', {}],
    ['postgres://ada:secret@/shop', ACCOUNT],
    ['postgres://ada:secret@[2001:db8::1]:5433/shop', { ...ACCOUNT, host: '2001:db8::1', port: 5433 }],
    ['postgres://[::1]/shop', { host: '::1' }],
    [
      'postgresql://ada:secret@/shop?host=/cloudsql/project:region:instance',
      { ...ACCOUNT, host: '/cloudsql/project:region:instance' },
    ],
    ['postgres:///shop?host=/var/run/postgresql', { host: '/var/run/postgresql' }],
    ['postgres://%2Fvar%2Frun%2Fpostgresql/shop', { host: '/var/run/postgresql' }],
    ['socket:/var/run/postgresql?db=shop', { host: '/var/run/postgresql' }],
    ['socket:/var/run/postgresql?db=shop&encoding=utf8', { host: '/var/run/postgresql' }],
    ['socket://ada:secret@/var/run/postgresql?db=shop', { ...ACCOUNT, host: '/var/run/postgresql' }],
    ['/var/run/postgresql shop', { host: '/var/run/postgresql' }],
    [
      'postgresql:///shop?host=db.example&port=5433&user=ada&password=secret',
      { ...ACCOUNT, host: 'db.example', port: 5433 },
    ],
    ['postgresql://db.example?dbname=shop', { host: 'db.example' }],
    ['postgres://db.example/my%20shop', { host: 'db.example', database: 'my shop' }],
    ['postgres://db.example/my shop', { host: 'db.example', database: 'my shop' }],
    ['postgres:///shop?options=-c%20search_path%3Dcatalogue', { options: '-c search_path=catalogue' }],
    ['postgres:///shop?application_name=catalogue', { applicationName: 'catalogue' }],
    ['postgres:///shop?statement_timeout=1&query_timeout=1&max=1&pgbouncer=true&schema=x', {}],
  ])('where %s says', (url, address) => {
    expect(parseDatabaseUrl(url)).toEqual({ ...DEFAULTS, ...address });
    expect(loadEnvironment({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it.each([
    ['p@ss', 'p@ss'],
    ['p:ss', 'p:ss'],
    ['p%ss', 'p%ss'],
    ['50%', '50%'],
    ['p%2Fss%', 'p/ss%'],
    ['p%40%3A%2F%3F%23%25', 'p@:/?#%'],
    ['p ss', 'p ss'],
    ['p[^]{}|\\"<>`', 'p[^]{}|\\"<>`'],
    ['pässwörd', 'pässwörd'],
    ['p&=+$,;!*()', 'p&=+$,;!*()'],
  ])('with the password %s, which is %s', (written, password) => {
    const { host, user, ...rest } = parseDatabaseUrl(`postgres://ada:${written}@db.example/shop`);
    expect([host, user, rest.password, rest.database]).toEqual(['db.example', 'ada', password, 'shop']);
  });

  it.each<[string, DatabaseAddress['tls']]>([
    ['', false],
    ['?sslmode=disable', false],
    ['?ssl=0', false],
    ['?ssl=false', false],
    ['?ssl=true', { rejectUnauthorized: true }],
    ['?ssl=1', { rejectUnauthorized: true }],
    ['?ssl=no-verify', { rejectUnauthorized: false }],
    ['?sslmode=no-verify', { rejectUnauthorized: false }],
    ['?sslmode=allow', { rejectUnauthorized: true }],
    ['?sslmode=prefer', { rejectUnauthorized: true }],
    ['?sslmode=require', { rejectUnauthorized: true }],
    ['?application_name=x&sslmode=verify-ca', { rejectUnauthorized: true }],
    ['?sslmode=verify-full&application_name=x', { rejectUnauthorized: true }],
    ['?uselibpqcompat=true&sslmode=require', { rejectUnauthorized: false }],
    ['?uselibpqcompat=true&sslmode=verify-full', { rejectUnauthorized: true }],
  ])('with %j to this TLS: %j', (parameters, tls) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
    expect(parseDatabaseUrl(`postgres://db.example/shop${parameters}`).tls).toEqual(tls);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('with sslnegotiation=direct to TLS from the first byte', () => {
    const { tls, directTls } = parseDatabaseUrl('postgres://db.example/shop?sslnegotiation=direct');
    expect({ tls, directTls }).toEqual({ tls: { rejectUnauthorized: true }, directTls: true });
  });

  it('to a socket without TLS, which PostgreSQL does not speak there', () => {
    expect(parseDatabaseUrl('postgres:///shop?host=/tmp&sslmode=require').tls).toBe(false);
  });
});

describe('the options of a session', () => {
  const FAULT = 'must have no options other than -c search_path=…';

  it.each<[options: string, searchPath: string | undefined, fault: string | undefined]>([
    ['', undefined, undefined],
    [' ', undefined, undefined],
    ['-c search_path=shop', 'shop', undefined],
    ['-csearch_path=shop', 'shop', undefined],
    ['--search_path=shop', 'shop', undefined],
    ['  --search-path=shop  ', 'shop', undefined],
    ['-c SEARCH_PATH=shop', 'shop', undefined],
    [String.raw`-c search_path=shop,\ "My\ Shop"`, 'shop, "My Shop"', undefined],
    [String.raw`-c search_path=a\\b`, String.raw`a\b`, undefined],
    ['-c search_path=first -c search_path=last', 'last', undefined],
    ['-c search_path=', '', undefined],
    ['-c search_path=a=b', 'a=b', undefined],
    ['-c search_path=shop -c work_mem=64MB', 'shop', FAULT],
    ['-c statement_timeout=0', undefined, FAULT],
    ['-c', undefined, FAULT],
    ['-c search_path', undefined, FAULT],
    ['endpoint=ep-cool-name', undefined, FAULT],
    ['-e', undefined, FAULT],
    ['--search_path_of_others=shop', undefined, FAULT],
  ])('%j have the search path %j, and for a pooler the fault %j', (options, searchPath, fault) => {
    expect(searchPathOf(options)).toBe(searchPath);
    expect(optionsFault(options)).toBe(fault);
  });
});

describe('a DATABASE_URL that cannot be read', () => {
  const SHAPE = 'must be a URL such as postgres://user:password@host:5432/database';

  it.each([
    ['mysql://ada:secret@db.example/shop', SHAPE],
    ['db.example', SHAPE],
    ['postgres:shop', SHAPE],
    ['postgres://ada:secret@db.example', `${SHAPE}; it names no database`],
    ['postgres://ada:secret@db.example/', `${SHAPE}; it names no database`],
    ['socket:/tmp', `${SHAPE}; it names no database`],
    ['/tmp', `${SHAPE}; it names no database`],
    ['postgres://ada:sec#ret@db.example/shop', 'must have # written as %23 in its user name or password'],
    ['postgres://ada:1#secret@db.example/shop', 'must have # written as %23 in its user name or password'],
    ['postgres://ada:sec/ret@db.example/shop', 'must have / written as %2F in its user name or password'],
    ['postgres://ada:12/secret@db.example/shop', 'must have / written as %2F in its user name or password'],
    ['postgres://a/da:secret@db.example/shop', 'must have / written as %2F in its user name or password'],
    ['postgres://ada:12?secret@db.example/shop', 'must have ? written as %3F in its user name or password'],
    ['postgres://ada:secret@db.one,db.two/shop', 'must name one host'],
    ['postgres://ada:secret@db.one:5432,db.two:5433/shop', 'must name one host'],
    ['postgres:///shop?host=db.one,db.two', 'must name one host'],
    ['postgres:///shop?host=db.one&port=5432,5433', 'must name one host'],
    ['postgres://db.example/shop?sslmode=requird', 'must have one of disable, allow, prefer'],
    ['postgres://db.example/shop?ssl=maybe', 'must have true, false or no-verify as its ssl'],
    [
      'postgres://db.example/shop?sslrootcert=/does/not/exist',
      'must have parameters that can be used: ENOENT',
    ],
    ['postgres://db.example:99999/shop?host=/tmp', SHAPE],
    ['postgres://db.example/shop?port=0', 'must have a port from 1 to 65535'],
  ])('%s is told by words that help', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(message);
  });

  it.each(['postgres://ada:sec%ffret@db.example/shop', 'postgres://ada:sec?r=et@db.example/shop'])(
    '%s is told which characters have to be escaped',
    (url) => {
      const words = [
        ['#', '%23'],
        ['/', '%2F'],
        ['?', '%3F'],
        ['@', '%40'],
        [':', '%3A'],
        ['%', '%25'],
      ];
      for (const [character, escape] of words) {
        expect(() => parseDatabaseUrl(url)).toThrow(`${character ?? ''} as ${escape ?? ''}`);
      }
    },
  );

  it('is never shown', () => {
    for (const secret of ['hush#hush', 'hush/hush', 'hush?hush', 'hush%ffhush', 'hush?h=ush', 'hush,hush']) {
      for (const rest of ['db.example/shop', 'one,two/shop', 'db.example', 'db.example:x/shop', '']) {
        try {
          loadEnvironment({ DATABASE_URL: `postgres://ada:${secret}@${rest}` });
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          expect((error as Error).message).not.toContain('hush');
        }
      }
    }
  });
});

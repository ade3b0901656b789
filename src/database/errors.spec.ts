import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { toConnectionError } from './database-connection-error';
import { databaseFailure, isPassing, isSignOfLoss, retryOnContention, violatedConstraint } from './errors';

const failed = (code: string, rest: object = {}) =>
  Object.assign(new Error('a statement failed'), { code, ...rest });

const ofPooler = (message: string) => failed('08P01', { severity: 'FATAL', message });

describe('databaseFailure', () => {
  it.each(['23505', '23503'])('knows the constraint behind %s', (code) => {
    const error = failed(code, { constraint: 'items_store_id_fkey' });
    expect(databaseFailure(error)).toEqual({ kind: 'constraint', constraint: 'items_store_id_fkey' });
    expect(violatedConstraint(error)).toBe('items_store_id_fkey');
  });

  it.each([
    ['40001', 'contention'],
    ['40P01', 'contention'],
    ['57014', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57P02', 'unavailable'],
    ['57P03', 'unavailable'],
    ['57P04', 'unavailable'],
    ['57P05', 'unavailable'],
    ['25P03', 'unavailable'],
    ['25P04', 'unavailable'],
    ['55P03', 'unavailable'],
    ['53000', 'unavailable'],
    ['53100', 'unavailable'],
    ['53200', 'unavailable'],
    ['53300', 'unavailable'],
    ['08000', 'unavailable'],
    ['08003', 'unavailable'],
    ['08006', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['ECONNRESET', 'unavailable'],
    ['EPIPE', 'unavailable'],
    ['ETIMEDOUT', 'unavailable'],
    ['ENOTFOUND', 'unavailable'],
    ['EAI_AGAIN', 'unavailable'],
    ['EHOSTUNREACH', 'unavailable'],
    ['ENETUNREACH', 'unavailable'],
    ['ECONNABORTED', 'unavailable'],
    ['25006', 'unavailable'],
  ])('takes %s for %s', (code, kind) => {
    expect(databaseFailure(failed(code))).toEqual({ kind });
  });

  it('takes 08P01 for unavailable where it ends the connection, as every reason of PgBouncer does', () => {
    expect(databaseFailure(failed('08P01', { severity: 'FATAL' }))).toEqual({ kind: 'unavailable' });
    expect(databaseFailure(failed('08P01', { severity: 'ERROR' }))).toBeUndefined();
    expect(databaseFailure(failed('XX000', { severity: 'FATAL' }))).toBeUndefined();
  });

  it('takes a socket that is not there for unavailable, but no other file', () => {
    expect(databaseFailure(Object.assign(failed('ENOENT'), { syscall: 'connect' }))).toEqual({
      kind: 'unavailable',
    });
    expect(databaseFailure(Object.assign(failed('ENOENT'), { syscall: 'open' }))).toBeUndefined();
  });

  it.each([
    '42601',
    '42703',
    '42P01',
    '08P01',
    '22001',
    '22003',
    '22021',
    '22P02',
    '2200H',
    '23502',
    '23514',
    '0A000',
    'XX000',
    '5301',
    '530001',
    'x08006',
    'EACCES',
    '28P01',
    '3D000',
    '55000',
    'CERT_HAS_EXPIRED',
  ])('takes %s for a defect', (code) => {
    expect(databaseFailure(failed(code))).toBeUndefined();
  });

  it.each([
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Cannot use a pool after calling end on the pool',
  ])("knows the driver's %j", (message) => {
    expect(databaseFailure(new Error(message))).toEqual({ kind: 'unavailable' });
  });

  it.each([new QueryRunnerAlreadyReleasedError(), new QueryRunnerProviderAlreadyReleasedError()])(
    "knows TypeORM's %s",
    (error) => {
      expect(databaseFailure(error)).toEqual({ kind: 'unavailable' });
    },
  );

  it.each([
    [new Error('something else')],
    [new Error('no connection terminated here')],
    [undefined],
    [null],
    ['57P01'],
    [42],
    [{}],
  ])('knows nothing of %p', (error) => {
    expect(databaseFailure(error)).toBeUndefined();
    expect(violatedConstraint(error)).toBeUndefined();
  });

  it('finds no constraint where none is named', () => {
    expect(violatedConstraint(failed('23505'))).toBeUndefined();
    expect(violatedConstraint(failed('57P01', { constraint: 'x' }))).toBeUndefined();
  });
});

describe('a connection that could not be made, or was lost', () => {
  const REASONS: [string, unknown][] = [
    ['a certificate', failed('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['a refused login', failed('28P01')],
    ['a database that is not there', failed('3D000')],
    ['a server that is no PostgreSQL', new Error('received invalid response: 48')],
    ['a port that is closed', failed('ECONNREFUSED')],
    ['something that is not an error', 'no'],
  ];

  it.each(REASONS)('means unavailable, whatever the reason is: %s', (_name, reason) => {
    const error = toConnectionError(reason);
    expect(databaseFailure(error)).toEqual({ kind: 'unavailable' });
    expect(databaseFailure(new QueryFailedError('SELECT 1', [], error))).toEqual({ kind: 'unavailable' });
    expect(toConnectionError(error)).toBe(error);
  });

  it('is told by what every address of the name answered', () => {
    const refused = (address: string) =>
      failed('ECONNREFUSED', { message: `connect ECONNREFUSED ${address}` });
    const error = toConnectionError(new AggregateError([refused('::1'), refused('127.0.0.1')]));
    expect(error.message).toBe('connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1');
    expect(isPassing(error)).toBe(true);
  });

  it.each([
    ['a certificate', failed('DEPTH_ZERO_SELF_SIGNED_CERT'), false],
    ['a refused login', failed('28P01'), false],
    ['a database that is not there', failed('3D000'), false],
    ['a server that speaks no TLS', new Error('The server does not support SSL connections'), false],
    ['a port that is closed', failed('ECONNREFUSED'), true],
    ['a name that is not known yet', failed('ENOTFOUND'), true],
    ['a server that starts', failed('57P03'), true],
    ['too many connections', failed('53300'), true],
    ['a socket that is not there yet', failed('ENOENT', { syscall: 'connect' }), true],
    ['silence', new Error('timeout expired'), true],
    ['a pooler that waits for the server', ofPooler('pgbouncer cannot connect to server'), true],
    ['a pooler without a free session', ofPooler('query_wait_timeout'), true],
    ['a pooler whose server starts', ofPooler('the database system is starting up'), true],
    [
      'a pooler that is asked for another password',
      ofPooler('password authentication failed for user "a"'),
      false,
    ],
    ['a pooler that stops', ofPooler('pgbouncer is shutting down'), true],
    ['a pooler without the database', ofPooler('no such database: shop'), false],
    ['a pooler of statements', ofPooler('transaction blocks not allowed in statement pooling mode'), false],
  ])('may pass while one waits, or not: %s', (_name, reason, passing) => {
    expect(isPassing(toConnectionError(reason))).toBe(passing);
  });
});

describe('retryOnContention', () => {
  it.each([
    ['no attempt fails', 0, 1],
    ['the first fails', 1, 2],
    ['the first two fail', 2, 3],
  ])('gives the value when %s', async (_name, failures, calls) => {
    const work = jest.fn(() => Promise.resolve('done'));
    for (let i = 0; i < failures; i++) work.mockRejectedValueOnce(failed('40P01'));
    await expect(retryOnContention(work)).resolves.toBe('done');
    expect(work).toHaveBeenCalledTimes(calls);
  });

  it('gives up after three attempts', async () => {
    const error = failed('40001');
    const work = jest.fn(() => Promise.reject(error));
    await expect(retryOnContention(work)).rejects.toBe(error);
    expect(work).toHaveBeenCalledTimes(3);
  });

  it.each(['26000', '42P05', '0A000'])(
    'repeats after %s, a prepared statement that is not there',
    async (code) => {
      const work = jest.fn(() => Promise.resolve('done'));
      work.mockRejectedValueOnce(failed(code));
      await expect(retryOnContention(work)).resolves.toBe('done');
    },
  );

  it.each(['23505', '57014', '57P01'])('does not repeat after %s', async (code) => {
    const work = jest.fn(() => Promise.reject(failed(code)));
    await expect(retryOnContention(work)).rejects.toMatchObject({ code });
    expect(work).toHaveBeenCalledTimes(1);
  });
});

describe('isSignOfLoss', () => {
  it.each([
    ['a lost connection', toConnectionError(new Error('gone'))],
    ['the same, wrapped by TypeORM', { driverError: toConnectionError(failed('28P01')) }],
    ['a network that refuses', failed('ECONNREFUSED')],
    ['a broken pipe, whose code looks like one of PostgreSQL', failed('EPIPE')],
    ['a wait for a connection', new Error('timeout exceeded when trying to connect')],
    ['a server that stops', failed('57P01')],
    ['a server that starts', failed('57P03')],
  ])('%s is one', (_what, error) => {
    expect(isSignOfLoss(error)).toBe(true);
  });

  it.each([
    ['a slow statement', failed('57014')],
    ['a lock that was not free', failed('55P03')],
    ['a full server', failed('53300')],
    ['a deadlock', failed('40P01')],
    ['a constraint', failed('23505', { constraint: 'odd' })],
    ['a defect', new TypeError('x')],
    ['nothing', undefined],
  ])('%s is none', (_what, error) => {
    expect(isSignOfLoss(error)).toBe(false);
  });
});

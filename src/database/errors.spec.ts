import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { databaseFailure, retryOnContention, violatedConstraint } from './errors';

const failed = (code: string, rest: object = {}) =>
  Object.assign(new Error('a statement failed'), { code, ...rest });

describe('databaseFailure', () => {
  it.each(['23505', '23503'])('knows the constraint behind %s', (code) => {
    const error = failed(code, { constraint: 'items_store_id_fkey' });
    expect(databaseFailure(error)).toEqual({ kind: 'constraint', constraint: 'items_store_id_fkey' });
    expect(violatedConstraint(error)).toBe('items_store_id_fkey');
  });

  it.each([
    ['22001', 'bad_value'],
    ['22003', 'bad_value'],
    ['22021', 'bad_value'],
    ['22P02', 'bad_value'],
    ['22P05', 'bad_value'],
    ['40001', 'contention'],
    ['40P01', 'contention'],
    ['57014', 'unavailable'],
    ['57P01', 'unavailable'],
    ['57P02', 'unavailable'],
    ['57P03', 'unavailable'],
    ['57P04', 'unavailable'],
    ['57P05', 'unavailable'],
    ['25P03', 'unavailable'],
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
    ['55000', 'unavailable'],
    ['EHOSTUNREACH', 'unavailable'],
    ['ENETUNREACH', 'unavailable'],
    ['ECONNABORTED', 'unavailable'],
    ['3D000', 'unavailable'],
    ['28P01', 'unavailable'],
    ['25006', 'unavailable'],
  ])('takes %s for %s', (code, kind) => {
    expect(databaseFailure(failed(code))).toEqual({ kind });
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
    '23502',
    '23514',
    '0A000',
    'XX000',
    '5301',
    '530001',
    'x08006',
    'EACCES',
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

  it.each(['23505', '57014', '57P01'])('does not repeat after %s', async (code) => {
    const work = jest.fn(() => Promise.reject(failed(code)));
    await expect(retryOnContention(work)).rejects.toMatchObject({ code });
    expect(work).toHaveBeenCalledTimes(1);
  });
});

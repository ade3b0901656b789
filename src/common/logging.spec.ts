import fc from 'fast-check';
import pino from 'pino';
import { loggablePath, NestLogger } from './logging';

describe('loggablePath', () => {
  it.each([
    ['/items/1', '/items/1'],
    ['/items?token=secret', '/items'],
    ['/items?a=1?b=2', '/items'],
    ['/', '/'],
    ['', ''],
    [`/items/${'1'.repeat(40)}`, `/items/${'1'.repeat(40)}`],
    [`/items/${'1'.repeat(41)}/tags`, '/items/…/tags'],
    ['//a//', '//a//'],
  ])('shows %s as %s', (url, expected) => {
    expect(loggablePath(url)).toBe(expected);
  });

  it('shows no query and nothing as long as a token', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '/', '?', '.', '%'), maxLength: 300 }), (url) => {
        const shown = loggablePath(url);
        expect(shown).not.toContain('?');
        for (const segment of shown.split('/')) expect(segment.length).toBeLessThanOrEqual(40);
      }),
    );
  });
});

/** What Node says of a stream that its reader has left. */
const LEFT = Object.assign(new Error('said'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });

describe('NestLogger', () => {
  it.each([
    ['log', 'debug', ['said', 'Context'], { context: 'Context' }],
    ['warn', 'warn', ['said', 'Context'], { context: 'Context' }],
    ['error', 'error', ['said', 'a stack', 'Context'], { context: 'Context', stack: 'a stack' }],
    ['error', 'debug', [LEFT, undefined, 'Context'], { context: 'Context', msg: 'Error: said' }],
    ['fatal', 'fatal', ['said', 'Context'], { context: 'Context' }],
  ] as const)('writes %s as %s', (method, level, args, fields) => {
    const lines: string[] = [];
    const options = { level: 'trace', base: null, timestamp: false };
    const logger = new NestLogger(pino(options, { write: (line: string) => void lines.push(line) }));
    (logger[method] as (...all: unknown[]) => void)(...args);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: pino.levels.values[level], msg: 'said', ...fields },
    ]);
  });
});

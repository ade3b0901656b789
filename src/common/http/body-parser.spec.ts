import fc from 'fast-check';
import { Problem } from '../problems/problem';
import { parseBody } from './body-parser';

/** The value that a body is read as, or the status and what is said of it. */
function outcome(mediaType: string | undefined, body: string | Uint8Array): unknown {
  try {
    return { value: parseBody(mediaType, Buffer.from(body as Uint8Array)) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.type.status, errors: error.errors };
  }
}

const refused = (message: string) => ({ status: 400, errors: [{ pointer: '', message }] });

/** How deep a value is nested: 0 for a plain one, 1 for an empty list. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('the media type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset="UTF-8"',
    'application/json \t; \tcharset=utf-8 \t',
  ])('may be %j', (mediaType) => {
    expect(outcome(mediaType, '{}')).toEqual({ value: {} });
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json2',
    'application/problem+json',
    'application/merge-patch+json',
    'xapplication/json',
    'application/json;',
    'application/json\t;a',
    'application/json; foo=bar',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8; charset=utf-8',
    'application/json; charset=utf-8, text/plain',
    'application/json, text/plain',
  ])('may not be %j', (mediaType) => {
    expect(outcome(mediaType, '{}')).toEqual({ status: 415, errors: undefined });
  });

  it('does not matter without a body', () => {
    expect(outcome('application/json', '')).toEqual({ value: undefined });
    expect(outcome(undefined, '')).toEqual({ value: undefined });
  });
});

describe('the text', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(outcome('application/json', text)).toEqual({ value: JSON.parse(text) as unknown });
      }),
    );
  });

  it.each([
    '{',
    '}',
    '{"a":1,}',
    "{'a':1}",
    '{a:1}',
    'NaN',
    '01',
    '"',
    '"\t"',
    '[1]x',
    ' ',
    '\ufeff{}',
    '/**/{}',
    ']]]',
  ])('is refused when it is no JSON: %j', (text) => {
    expect(outcome('application/json', text)).toEqual(
      refused(expect.stringMatching(/^must be JSON; it is not at line \d+, column \d+$/) as string),
    );
  });

  it.each([
    ['a lone continuation', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['beyond Unicode', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['cut off', [0x22, 0xe2, 0x82, 0x22]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('is refused when it is no UTF-8: %s', (_name, bytes) => {
    expect(outcome('application/json', Uint8Array.from(bytes))).toEqual(refused('must be valid UTF-8'));
  });

  it('is either a value or refused, whatever the bytes', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
        let expected: unknown;
        try {
          expected = { value: JSON.parse(decoder.decode(bytes)) as unknown };
        } catch {
          expected = { status: 400, errors: [expect.objectContaining({ pointer: '' })] };
        }
        expect(outcome('application/json', bytes)).toEqual(expected);
      }),
    );
  });

  it('keeps members with special names apart from the prototype', () => {
    const { value } = outcome('application/json', '{"__proto__":{"a":1},"constructor":2}') as {
      value: object;
    };
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect('a' in value).toBe(false);
  });
});

describe('the depth', () => {
  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('of %s may be 32', (_name, open, close) => {
    const nested = (depth: number) => open.repeat(depth) + 'null' + close.repeat(depth);
    expect(outcome('application/json', nested(32))).toEqual({ value: JSON.parse(nested(32)) as unknown });
    expect(outcome('application/json', nested(33))).toEqual(refused('must not be nested deeper than 32'));
    expect(outcome('application/json', nested(10_000))).toEqual(refused('must not be nested deeper than 32'));
  });

  it('is that of the value, whatever stands in its texts', () => {
    const text = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', 'é', '\n') });
    const leaf = fc.oneof(text, fc.jsonValue({ maxDepth: 4 }));
    const layers = fc.array(fc.option(text), { minLength: 24, maxLength: 36 });
    fc.assert(
      fc.property(leaf, layers, fc.constantFrom('', ' ', '\n'), (inner, wraps, space) => {
        // A layer is a list, or an object with that member; its neighbours are as nasty and as shallow.
        const value = wraps.reduce<unknown>(
          (all, name) => (name === null ? ['[[[', all, '"'] : { [`x${name}`]: all, y: '\\' }),
          inner,
        );
        const deep = depthOf(value) > 32;
        const json = JSON.stringify(value, null, space);
        // As JSON has it: there is no -0.
        const parsed = JSON.parse(json) as unknown;
        expect(outcome('application/json', json)).toEqual(
          deep ? refused('must not be nested deeper than 32') : { value: parsed },
        );
      }),
    );
  });
});

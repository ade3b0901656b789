import { randomUUID } from 'node:crypto';
import { InexactNumber, isExactNumber } from '../input/inexact-number';

/** Finds texts that may have a number which a double cannot represent: more than fifteen digits, or an exponent. */
const SUSPECT = /\d[\d.]{15}|\d[eE]/;

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** A random text, so that no body can contain it. */
const MARKER = randomUUID();
const QUOTED_MARKER = JSON.stringify(MARKER);

/**
 * Parses JSON without rounding: a number with more digits than a double can represent becomes an `InexactNumber`.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  if (!SUSPECT.test(text)) return parsed;
  const marked = text.replace(STRING_OR_NUMBER, (token) => (isExact(token) ? token : QUOTED_MARKER));
  if (marked === text) return parsed;
  return JSON.parse(marked, (_key, value: unknown) => (value === MARKER ? new InexactNumber() : value));
}

/** Whether parsing loses nothing, which is always so for a string. */
function isExact(token: string): boolean {
  return token.startsWith('"') || isExactNumber(token);
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

const TOKEN =
  // eslint-disable-next-line no-control-regex -- JSON has none of these in strings
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true|false|null))/y;

/** The position at which a text stops being JSON: `line 1, column 18`, both counted from 1. */
export function faultPosition(text: string): string {
  const token = new RegExp(TOKEN);
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  for (;;) {
    const start = token.lastIndex;
    const [, mark, string] = token.exec(text) ?? [''];
    if (token.lastIndex === 0) return positionOf(text, skipSpace(text, start));
    const next = accept(expected, mark, string !== undefined, open);
    if (next === undefined) return positionOf(text, skipSpace(text, start));
    expected = next;
  }
}

/**
 * What is expected after a token; undefined if the token itself was not expected. `open` has the brackets around it.
 */
function accept(
  expected: Expected,
  mark: string | undefined,
  isString: boolean,
  open: ('{' | '[')[],
): Expected | undefined {
  const afterValue = () => (open.length === 0 ? 'nothing' : 'comma or end');
  if (expected === 'value' || expected === 'value or end') {
    if (mark === undefined) return afterValue();
    if (mark === '{' || mark === '[') {
      open.push(mark);
      return mark === '{' ? 'key or end' : 'value or end';
    }
  }
  if ((expected === 'key' || expected === 'key or end') && isString) return 'colon';
  if (expected === 'colon' && mark === ':') return 'value';
  if (expected === 'comma or end' && mark === ',') return open.at(-1) === '{' ? 'key' : 'value';
  const closer = open.at(-1) === '{' ? '}' : ']';
  if (expected.endsWith('or end') && mark === closer) {
    open.pop();
    return afterValue();
  }
  return undefined;
}

function skipSpace(text: string, from: number): number {
  return from + (/^[ \t\n\r]*/.exec(text.slice(from))?.[0].length ?? 0);
}

function positionOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

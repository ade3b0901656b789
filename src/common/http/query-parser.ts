/** Replaces a value that is not valid UTF-8. No rule accepts a lone surrogate. */
const UNDECODABLE = '\ud800';

/**
 * Reads a query string strictly. A repeated name gets a list as its value, which only repeatable parameters accept. The
 * result has no prototype, so that no name has a special meaning.
 */
export function parseQuery(query: string): Record<string, string | string[]> {
  const result = Object.create(null) as Record<string, string | string[]>;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    const before = result[name];
    if (before === undefined) result[name] = value;
    else if (typeof before === 'string') result[name] = [before, value];
    else before.push(value);
  }
  return result;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return UNDECODABLE;
  }
}

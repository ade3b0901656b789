import { hash } from 'node:crypto';

const names = new Map<string, string>();

/** Lists have a text for each combination of filters and sort. Hashing a text again costs little. */
const MAX_NAMES = 2000;

/**
 * The name of a prepared statement. It is a hash of the text, because a pooler may give one connection to several
 * processes, and they must not use the same name for different statements.
 */
export function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `emporium_${hash('sha256', text, 'hex').slice(0, 24)}`;
    if (names.size >= MAX_NAMES) names.clear();
    names.set(text, name);
  }
  return name;
}

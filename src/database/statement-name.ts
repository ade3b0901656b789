import { hash } from 'node:crypto';

const names = new Map<string, string>();

/** The texts of lists are as many as clients have ideas; to hash one again costs little. */
const MOST_NAMES = 2000;

/**
 * The name under which connections prepare a statement. It is made of the text, so that two processes that a pooler gives
 * the same connection, one after the other, never mean different statements by one name.
 */
export function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `emporium_${hash('sha256', text, 'hex').slice(0, 24)}`;
    if (names.size >= MOST_NAMES) names.clear();
    names.set(text, name);
  }
  return name;
}

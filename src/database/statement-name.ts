import { hash } from 'node:crypto';

const names = new Map<string, string>();

/**
 * The name under which connections prepare a statement. It is made of the text, so that two processes, which a pooler may
 * give one connection after the other, never mean different statements by one name. Only for texts of which there are few.
 */
export function statementName(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `emporium_${hash('sha256', text, 'hex').slice(0, 24)}`;
    names.set(text, name);
  }
  return name;
}

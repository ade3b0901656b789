/** How the API words something, and the key of its text in the panel. */
export type KnownText = readonly [pattern: RegExp, key: string];

/** The text that the panel has for a message, and what the message names, in the order of the pattern. */
export function findText(texts: readonly KnownText[], message: string) {
  for (const [pattern, key] of texts) {
    const match = pattern.exec(message);
    if (match) return { key, named: match.slice(1) };
  }
  return undefined;
}

const ID = /^[1-9][0-9]*$/;

/** Stands for an id that is well formed but beyond every id there can be: identities start at 1. */
export const UNKNOWN_ID = 0;

export const ID_RULE = 'must be a positive whole number in plain digits';

/** The id that a path or query spells; undefined where it spells none. */
export function parseId(text: unknown): number | undefined {
  if (typeof text !== 'string' || !ID.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : UNKNOWN_ID;
}

const ID = /^[1-9][0-9]*$/;

/** Replaces a well-formed id that is too large to exist. No row has it, because ids start at 1. */
export const UNKNOWN_ID = 0;

export const ID_RULE = 'must be a positive whole number in plain digits';

/** Parses an id in a path or query; undefined if it is not an id. */
export function parseId(text: unknown): number | undefined {
  if (typeof text !== 'string' || !ID.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : UNKNOWN_ID;
}

export const CURSOR_RULE = 'must come from a Link of this list, with its filters and sort';

/** Where a page ended: the list with its filters and sort, as a mark, and the last row. */
export interface Cursor {
  mark: string;
  id: number;
  /** the value that the row is sorted by; undefined when the list is sorted by id */
  key?: string | undefined;
}

export function encodeCursor({ mark, id, key }: Cursor): string {
  return Buffer.from(JSON.stringify(key === undefined ? [mark, id] : [mark, id, key])).toString('base64url');
}

/** Returns undefined for every text that `encodeCursor` does not write, also for another spelling of the same bytes. */
export function decodeCursor(text: string): Cursor | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  const [mark, id, key] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isCursorShaped =
    typeof mark === 'string' &&
    /^[\w-]{11}$/.test(mark) &&
    Number.isSafeInteger(id) &&
    (id as number) > 0 &&
    (key === undefined || (typeof key === 'string' && key.isWellFormed() && !key.includes('\0')));
  if (!isCursorShaped) return undefined;
  const cursor = { mark, id: id as number, key };
  return encodeCursor(cursor) === text ? cursor : undefined;
}

export function isCursor(text: string): boolean {
  return decodeCursor(text) !== undefined;
}

export const CURSOR_RULE = 'must come from a Link of this list, with its filters and sort';

/** Where a page ended: in which list, told by a mark of its filters and sort, and at which row. */
export interface Cursor {
  mark: string;
  id: number;
  /** what the row is sorted by, unless that is the id */
  key?: string | undefined;
}

export function encodeCursor({ mark, id, key }: Cursor): string {
  return Buffer.from(JSON.stringify(key === undefined ? [mark, id] : [mark, id, key])).toString('base64url');
}

/** Undefined for anything that `encodeCursor` does not write, another spelling of the same bytes included. */
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

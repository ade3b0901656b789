export const CURSOR_RULE = 'must come from a Link of this list, with its filters and sort';

/** Where a page ended: in which list, told by a mark of its filters and sort, and at which row. */
export interface Cursor {
  mark: string;
  id: number;
}

export function encodeCursor({ mark, id }: Cursor): string {
  return Buffer.from(JSON.stringify([mark, id])).toString('base64url');
}

/** Undefined for anything that `encodeCursor` does not write, another spelling of the same bytes included. */
export function decodeCursor(text: string): Cursor | undefined {
  const decoded = Buffer.from(text, 'base64url').toString();
  const [, mark = '', digits] = /^\["([\w-]{11})",([1-9]\d{0,15})\]$/.exec(decoded) ?? [];
  const cursor = { mark, id: Number(digits) };
  return Number.isSafeInteger(cursor.id) && encodeCursor(cursor) === text ? cursor : undefined;
}

export function isCursor(text: string): boolean {
  return decodeCursor(text) !== undefined;
}

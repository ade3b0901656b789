import { rfc3339Of } from '../row-shape';

/** How a list is sorted by one of its fields. Rows with the same value are sorted by id. */
export interface Sort<Dto> {
  /** SQL of the value that a row is sorted by */
  readonly column: string;
  /** SQL of the same value, made from the key in the cursor; `$key` stands for its parameter */
  readonly key: string;
  /** the member whose text is the key */
  readonly member: keyof Dto;
  /** whether a text can be a key: a cursor may be forged, and PostgreSQL must accept the key */
  readonly isKey: (text: string) => boolean;
}

/** Sorts by a text, without regard to case. */
export function byText<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return {
    column: `lower(${column})`,
    key: 'lower($key COLLATE "und-x-icu")',
    member,
    isKey: () => true,
  };
}

/** Sorts by a time. */
export function byTime<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return { column, key: '$key::timestamptz', member, isKey: isTime };
}

const TIME = /^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?\+00$/;

/** PostgreSQL also accepts `now`, `infinity` and other words as times, and fails for February 30. */
function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const shown = rfc3339Of(text);
  const time = new Date(shown);
  return !Number.isNaN(time.getTime()) && time.toISOString() === shown;
}

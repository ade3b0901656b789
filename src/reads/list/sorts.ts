import { rfc3339Of } from '../row-shape';

/** How a list is sorted by one of its fields. Ties go by the id. */
export interface Sort<Dto> {
  /** SQL of what a row is sorted by */
  readonly column: string;
  /** the same made of the cursor's key, of which `$key` is the parameter */
  readonly key: string;
  /** the member whose text is that key */
  readonly member: keyof Dto;
  /** whether a text can be that key: a cursor may be forged, and PostgreSQL must take what it holds */
  readonly isKey: (text: string) => boolean;
}

/** By a text, without regard to case. */
export function byText<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return {
    column: `lower(${column})`,
    key: 'lower($key COLLATE "und-x-icu")',
    member,
    isKey: () => true,
  };
}

/** By a time. */
export function byTime<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return { column, key: '$key::timestamptz', member, isKey: isTime };
}

const TIME = /^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?\+00$/;

/** PostgreSQL also takes `now`, `infinity` and much else, and has an error for February 30. */
function isTime(text: string): boolean {
  if (!TIME.test(text)) return false;
  const shown = rfc3339Of(text);
  const time = new Date(shown);
  return !Number.isNaN(time.getTime()) && time.toISOString() === shown;
}

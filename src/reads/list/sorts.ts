import { rfc3339Of } from '../row-shape';
import { type Sort } from './list';

/** By a text, without regard to case. */
export function byText<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return {
    column: `lower(${column})`,
    key: 'lower($key COLLATE "und-x-icu")',
    member,
    isKey: () => true,
  };
}

/** By an amount of money. */
export function byPrice<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return { column, key: '$key::numeric', member, isKey: (text) => /^\d{1,8}\.\d\d$/.test(text) };
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

import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtension, ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import { sortNames } from '../../reads/list/list';
import { emailFault, MAX_EMAIL_LENGTH, normalizeEmail } from './email';
import { ID_RULE, parseId } from './id';
import { InexactNumber } from './inexact-number';
import { normalizeText, textFault } from './text';

/**
 * Returns what is wrong with a member, as the end of a sentence that starts with its name; undefined if nothing is. A
 * message such as "/2 must be …" is for the element with that index.
 */
export type Fault = (value: unknown, dto: object) => string | undefined;

/** Checks a member with one rule, after `normalize`, which must accept any value. A missing member is a fault. */
export function Rule(fault: Fault, normalize?: (value: unknown) => unknown): PropertyDecorator {
  const check = (value: unknown, dto: object) => {
    if (value === undefined) return 'is required';
    return value instanceof InexactNumber ? value.fault : fault(value, dto);
  };
  const validate = ValidateBy({
    name: 'rule',
    validator: {
      validate: (value, args) => check(value, args?.object ?? {}) === undefined,
      defaultMessage: (args) => check(args?.value, args?.object ?? {}) ?? '',
    },
  });
  if (!normalize) return validate;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => normalize(value)),
    validate,
  );
}

/** The member may be left out. `null` does not count as left out. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_dto, value) => value !== undefined);
}

/** The member may be `null`. */
export function Nullable(): PropertyDecorator {
  return ValidateIf((_dto, value) => value !== null);
}

/** Makes a `normalize` for rules from one for texts. Other values are not changed, so that the rule refuses them. */
export const ifText = (normalize: (text: string) => string) => (value: unknown) =>
  typeof value === 'string' ? normalize(value) : value;

const normalizeIfText = (max: number) => ifText((text) => normalizeText(text, max));

/** A rule for one value, wherever it comes from. */
export interface ValueRule {
  /** accepts any value */
  readonly normalize: (value: unknown) => unknown;
  /** what is wrong with a normalised value, as the end of a sentence that starts with its name */
  readonly fault: (value: unknown) => string | undefined;
}

/** A text of `min` to `max` code points after trimming and NFC. */
export function textRule(min: number, max: number): ValueRule {
  return {
    normalize: normalizeIfText(max),
    fault: (value) => {
      if (Array.isArray(value)) return 'must be given once, as text';
      return typeof value === 'string' ? textFault(value, min, max) : 'must be text';
    },
  };
}

/** A text of `min` to `max` code points after trimming and NFC. A query may have it only once. */
export function Text(min: number, max: number): PropertyDecorator {
  const { fault, normalize } = textRule(min, max);
  return applyDecorators(ApiProperty({ minLength: min, maxLength: max }), Rule(fault, normalize));
}

const MAX_WORDS = 10;
const MAX_WORDS_LENGTH = 200;

/** Search words, separated by white space. */
export function Words(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minLength: 1, maxLength: MAX_WORDS_LENGTH }),
    Rule((value) => {
      if (typeof value !== 'string') return 'must be given once, as text';
      const fault = textFault(value, 1, MAX_WORDS_LENGTH);
      if (fault !== undefined) return fault;
      return value.split(/\s+/u).length > MAX_WORDS ? `must have at most ${MAX_WORDS} words` : undefined;
    }, normalizeIfText(MAX_WORDS_LENGTH)),
  );
}

const MAX_NAME_LENGTH = 200;

/** The rule of `Name`. */
export const NAME_RULE = textRule(1, MAX_NAME_LENGTH);

/** A name of a store, an item or a tag. */
export const Name = () => Text(1, MAX_NAME_LENGTH);

/** An e-mail address. */
export function EmailAddress(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'email', maxLength: MAX_EMAIL_LENGTH }),
    Rule((value) => (typeof value === 'string' ? emailFault(value) : 'must be text'), ifText(normalizeEmail)),
  );
}

const isBodyId = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
const BODY_ID_RULE = `must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`;

/** An id in a body: a JSON number. */
export function Id(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'integer', format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    Rule((value) => (isBodyId(value) ? undefined : BODY_ID_RULE)),
  );
}

/** A list of `min` to `max` ids in a body. It may have duplicates, which count towards `max`. */
export function Ids(min: number, max: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      minItems: min,
      maxItems: max,
      items: { type: 'integer', format: 'int64', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    }),
    Rule((value) => {
      if (!Array.isArray(value)) return 'must be a list';
      if (value.length < min || value.length > max) return `must have ${min} to ${max} elements`;
      const wrong = value.flatMap((element, index) =>
        isBodyId(element) ? [] : [`/${index} ${BODY_ID_RULE}`],
      );
      return wrong.length > 0 ? wrong.join('\n') : undefined;
    }),
  );
}

/** A list of `min` to `max` names in a body. */
export function Names(min: number, max: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      minItems: min,
      maxItems: max,
      items: { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH },
    }),
    Rule(
      (value) => {
        if (!Array.isArray(value)) return 'must be a list';
        if (value.length < min || value.length > max) return `must have ${min} to ${max} elements`;
        const faults = value.map((element: unknown) => NAME_RULE.fault(element));
        const wrong = faults.flatMap((fault, index) => (fault === undefined ? [] : [`/${index} ${fault}`]));
        return wrong.length > 0 ? wrong.join('\n') : undefined;
      },
      (value) => (Array.isArray(value) ? value.map(NAME_RULE.normalize) : value),
    ),
  );
}

/** `true` or `false` in a body. */
export function Flag(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'boolean' }),
    Rule((value) => (typeof value === 'boolean' ? undefined : 'must be true or false')),
  );
}

const NESTED_TYPE = Symbol('nested type');

/** An object in a body, with the members of another DTO. */
export function Nested(type: Type<object>): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type }),
    Reflect.metadata(NESTED_TYPE, type),
    Rule((value) => (isObject(value) ? undefined : 'must be an object')),
  );
}

/** The DTO of a member that is an object; undefined for any other member. */
export function nestedType(dto: Type<object>, property: string): Type<object> | undefined {
  return Reflect.getMetadata(NESTED_TYPE, dto.prototype as object, property) as Type<object> | undefined;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof InexactNumber)
  );
}

/** An id in a query. */
export function QueryId(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'integer', format: 'int64', minimum: 1 }),
    Rule(
      (value) => (typeof value === 'number' ? undefined : ID_RULE),
      (value) => parseId(value) ?? String(value),
    ),
  );
}

const MAX_REPETITIONS = 20;

/** A parameter that may be repeated up to twenty times. `each` checks one value, after `normalize`. */
function Repeatable(each: (value: unknown) => string | undefined, normalize: (value: unknown) => unknown) {
  return Rule(
    (values) => {
      const list = values as unknown[];
      if (list.length > MAX_REPETITIONS) return `must be given at most ${MAX_REPETITIONS} times`;
      return list.map(each).find((fault) => fault !== undefined);
    },
    (value) => (value === undefined ? undefined : [value].flat().map(normalize)),
  );
}

/** Ids in a query. */
export function QueryIds(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      maxItems: MAX_REPETITIONS,
      items: { type: 'integer', format: 'int64', minimum: 1 },
    }),
    Repeatable(
      (value) => (typeof value === 'number' ? undefined : ID_RULE),
      (value) => parseId(value) ?? String(value),
    ),
  );
}

/** Names in a query. */
export function QueryNames(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      maxItems: MAX_REPETITIONS,
      items: { type: 'string', minLength: 1, maxLength: MAX_NAME_LENGTH },
    }),
    Repeatable(
      (value) => (typeof value === 'string' ? textFault(value, 1, MAX_NAME_LENGTH) : 'must be text'),
      normalizeIfText(MAX_NAME_LENGTH),
    ),
  );
}

const QUERY_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** A time in a query, as in RFC 3339. Its value is in UTC, in milliseconds, because PostgreSQL refuses some offsets. */
export function QueryTime(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'string', format: 'date-time' }),
    Rule(
      (value) => (value instanceof Date ? undefined : 'must be a time such as 2026-01-31T09:00:00Z'),
      (value) => (typeof value === 'string' ? parseTime(value) : undefined) ?? String(value),
    ),
  );
}

function parseTime(value: string): Date | undefined {
  if (!QUERY_TIME.test(value)) return undefined;
  const [year, month, day] = value.slice(0, 10).split('-').map(Number) as [number, number, number];
  // JavaScript reads February 30 as March 2, and PostgreSQL has no year 0.
  if (year === 0 || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const SWITCH: Readonly<Record<string, boolean>> = { true: true, false: false };

/** `true` or `false` in a query. */
export function Switch(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'boolean' }),
    Rule(
      (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
      (value) => (typeof value === 'string' && Object.hasOwn(SWITCH, value) ? SWITCH[value] : value),
    ),
  );
}

/** A whole number in a query, in plain digits. */
export function QueryNumber(min: number, max: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'integer', minimum: min, maximum: max }),
    Rule(
      (value) =>
        typeof value === 'number' && value >= min && value <= max
          ? undefined
          : `must be a whole number from ${min} to ${max}`,
      (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    ),
  );
}

/** One of the given words in a query. */
export function OneOf(...words: readonly string[]): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'string', enum: [...words] }),
    Rule((value) => (words.includes(value as string) ? undefined : `must be one of ${words.join(', ')}`)),
  );
}

/** The field to sort by, one of the sorts that the list declares. */
export function SortOf(list: { sorts: object }): PropertyDecorator {
  return OneOf(...sortNames(list));
}

const NEEDED_MEMBERS = Symbol('needed members');

/** Tells the OpenAPI document that a body with nothing but its required members is refused. */
export const NEEDS_MORE = 'x-needs-more';

/** The body must have at least one of these members, which are all its optional ones. */
export function NeedsOneOf(...properties: readonly string[]): ClassDecorator {
  return applyDecorators(Reflect.metadata(NEEDED_MEMBERS, properties), ApiExtension(NEEDS_MORE, true));
}

/** The members of which the DTO needs at least one; undefined if there is no such rule. */
export function neededMembers(dto: object): readonly string[] | undefined {
  return Reflect.getMetadata(NEEDED_MEMBERS, dto) as readonly string[] | undefined;
}

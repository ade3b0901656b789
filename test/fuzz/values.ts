import fc from 'fast-check';
import { PASSWORD } from '../support/factories';
import { UNKNOWN_IDS } from '../support/inputs';
import { type Schema } from '../support/openapi-document';
import { type Scene, Spelled } from './draft';
import { editMember, wrongEditMember } from './edits';
import { anyText, fit, forms, normalized } from './texts';

/** A value that depends on what there is when the request is sent; undefined if the caller may not send one. */
export type Value<T> = (scene: Scene) => T;

const PRICES = [
  0,
  new Spelled('-0'),
  0.01,
  0.29,
  new Spelled('1.50'),
  new Spelled('1e1'),
  new Spelled('0.0000'),
  99_999_999.99,
];
const cents = fc.integer({ min: 0, max: 9_999_999_999 });

const uniqueName = (max: number): fc.Arbitrary<Value<string>> =>
  fc.tuple(anyText(Math.min(max, 40)), forms).map(
    ([text, form]) =>
      ({ world }) =>
        fit(world.unique(), text, form, max),
  );

const LOCAL_ENDS = ['', '+tag', '..', ".'{|}~", '-ä', '-\u200c', '"'];
const DOMAINS = [
  'example.com',
  'localhost',
  '1.2.3.4',
  'EXAMPLE.com',
  'b\u00fccher.example',
  `${'d'.repeat(63)}.example`,
  'longest',
];
const MAX_EMAIL = 254;

const email: fc.Arbitrary<Value<string>> = fc
  .tuple(fc.constantFrom(...LOCAL_ENDS), fc.constantFrom(...DOMAINS))
  .map(([end, domain]) => ({ world }) => {
    const local = `n${world.next()}`;
    if (domain === 'longest') return `${local.padEnd(MAX_EMAIL - '@example.com'.length, 'x')}@example.com`;
    return end === '"' ? `"${local} \\" @"@${domain}` : `${local}${end}@${domain}`;
  });

const newPassword: fc.Arbitrary<Value<string>> = fc
  .tuple(anyText(40), fc.constantFrom('as it is', 'shortest', 'longest'))
  .map(([text, form]) => () => {
    if (form === 'shortest') return 'q\u0000 \t7é漢\u{1f600}';
    const password = `${text}-fuzz-123`;
    if (form === 'longest') return '\u{1f98a}'.repeat(128);
    return Array.from(password.normalize('NFKC')).length > 128 ? 'fuzz-123-fuzz' : password;
  });

/** A value for a member of a body that fits its schema and the state. */
export function member(name: string, schema: Schema): fc.Arbitrary<Value<unknown>> {
  const { type, minLength, maxLength = 200 } = schema;
  if (name === 'store_id') return fc.constant(({ store }) => store.id);
  if (name === 'owner_id') {
    return fc.boolean().map(
      (isOther) =>
        ({ world, role, store }) =>
          role === 'admin' ? (isOther ? world.stranger.id : store.ownerId) : undefined,
    );
  }
  if (name === 'tags') return tagsOfStore;
  if (name === 'filter' || name === 'change') return editMember(name);
  // What requests are about stays, whatever an edit would do with it.
  if (name === 'dry_run') return fc.constant(() => true);
  if (schema.format === 'email') return email;
  if (schema.format === 'password') {
    // Without a lower limit it is one that exists.
    return minLength === undefined ? fc.constant(() => PASSWORD) : newPassword;
  }
  if (schema.enum) return fc.constantFrom(...schema.enum).map((value) => () => value);
  if (type === 'number') {
    const price = fc.oneof(
      fc.constantFrom<unknown>(...PRICES),
      cents.map((count) => count / 100),
    );
    return price.map((value) => () => value);
  }
  if (type === 'string') {
    const text = uniqueName(maxLength);
    return schema.nullable
      ? fc.oneof(
          { arbitrary: text, weight: 4 },
          fc.constant(() => null),
        )
      : text;
  }
  throw new Error(`no values for the member ${name}: say here what it means`);
}

const tagsOfStore: fc.Arbitrary<Value<unknown>> = fc
  .tuple(fc.array(fc.nat(1000), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([picks, isLong]) => ({ store }) => {
    const tags = picks.map((pick) => store.tags[pick % store.tags.length]);
    // One given many times counts once.
    return isLong ? [...tags, ...new Array<unknown>(100 - tags.length).fill(tags[0])] : tags;
  });

const TIMES = [
  '2026-01-31T09:00:00Z',
  '2020-02-29t23:59:59.123456z',
  '0001-01-01T00:00:00-23:59',
  '9999-12-31T23:59:59+14:00',
];

const encode = (text: string): string => encodeURIComponent(text);

/** Values for a query parameter, as they are sent; undefined if it needs another page's. */
export function parameter(name: string, schema: Schema): fc.Arbitrary<Value<string[]>> | undefined {
  const { type, minimum = 0, maximum = 100, maxLength = 200, items, maxItems = 20 } = schema;
  const one = (value: fc.Arbitrary<string>) => value.map((text) => () => [encode(text)]);
  if (name === 'cursor') return undefined;
  // More than that is refused with the largest `limit`.
  if (name === 'page') return one(fc.integer({ min: 1, max: 100 }).map(String));
  if (name === 'q') return one(words);
  if (items) {
    const each = parameter('', items);
    if (!each) return undefined;
    return fc
      .tuple(fc.array(each, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 20 }))
      .map(([values, roll]) => (scene: Scene) => {
        const texts = values.flatMap((value) => value(scene));
        return roll === 0
          ? [...texts, ...new Array<string>(maxItems - texts.length).fill(texts[0] ?? '')]
          : texts;
      });
  }
  if (schema.enum) return one(fc.constantFrom(...schema.enum));
  if (type === 'boolean') return one(fc.constantFrom('true', 'false'));
  if (schema.format === 'int64') return id;
  if (schema.format === 'date-time') return one(fc.constantFrom(...TIMES));
  if (type === 'integer')
    return one(
      fc.oneof(fc.constantFrom(minimum, maximum), fc.integer({ min: minimum, max: maximum })).map(String),
    );
  if (type === 'number')
    return one(
      fc.oneof(
        fc.constantFrom('0', '00.5', '0.00', '99999999.99'),
        cents.map((count) => String(count / 100)),
      ),
    );
  return one(fc.tuple(anyText(30), forms).map(([text, form]) => fit('漢', text, form, maxLength)));
}

const id: fc.Arbitrary<Value<string[]>> = fc
  .oneof(fc.nat(3), fc.constantFrom(...UNKNOWN_IDS))
  .map((pick) => ({ store, tag, user, item }) => [
    typeof pick === 'string' ? pick : String([store.id, tag, user.id, item][pick]),
  ]);

const MOST_WORDS = 10;
const words = fc
  .array(anyText(12), { minLength: 1, maxLength: MOST_WORDS })
  .map((list) => `漢${list.join(' ')}`.split(/\s+/u).slice(0, MOST_WORDS).join(' '))
  .map((text) => normalized(Array.from(text).slice(0, 60).join('')));

/** A value that is refused, and where in the value. */
export interface Wrong {
  value: unknown;
  place: string;
}

const INVISIBLE = ['', ' ', '\u200b', '\u202e\u2066', '\ufe0f', '\u2800', '\u3164', '\u00ad \u3000'];
const NOT_TEXT = [
  'a\u0000',
  '\u0007bell',
  'a\u001bb',
  'a\u0085b',
  'a\nb',
  'a\ud800',
  '\udc00a',
  'a\udfff\ud800b',
];
const NO_EMAIL = [
  'ada',
  '@',
  'a@',
  '@b.example',
  'a b@c.example',
  'a@b..c',
  'a@-b.example',
  'a@b.example.',
  'a\u200b@b.example',
  'a@[1.2.3.4]',
  '<a@b.example>',
  `${'a'.repeat(243)}@example.com`,
];
const NO_TIMES = [
  '',
  'now',
  'infinity',
  '2026-01-31',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2026-01-31T09:00:00',
  '2026-01-31T09:00:00+24:00',
  '2026-01-31 09:00:00Z',
];
const NO_NAMES = ['Admin', ' user', 'user\u0000', 'root', '', 'constructor'];

function wrongTexts({ format, enum: names, minLength, maxLength }: Schema): unknown[] {
  if (names) return NO_NAMES;
  if (format === 'date-time') return NO_TIMES;
  if (format === 'email') return [...INVISIBLE, ...NOT_TEXT, ...NO_EMAIL, 'a'.repeat(50_000)];
  if (format === 'password' && minLength === undefined)
    return ['a\ud800', 'x'.repeat((maxLength ?? 1024) + 1), 'e\u0301'.repeat(30_000)];
  if (format === 'password') {
    return [
      '',
      '1234567',
      'password1',
      'QWERTYUIOP',
      'x'.repeat(129),
      'ﷺ'.repeat(8),
      'e\u0301'.repeat(30_000),
      'abcdefgh\udc00',
    ];
  }
  const most = maxLength ?? 200;
  return [
    ...INVISIBLE,
    ...NOT_TEXT,
    'x'.repeat(most + 1),
    '\u{1f98a}'.repeat(most + 1),
    ` ${'e\u0301'.repeat(most + 1)}`,
    `a${'\u0301'.repeat(40_000)}`,
    '\u1100\u1161'.repeat(15_000),
  ];
}

const NO_ID = [
  0,
  new Spelled('-0'),
  -1,
  1.5,
  2 ** 53,
  new Spelled('9007199254740993'),
  new Spelled('1.0000000000000001'),
  new Spelled('1e400'),
  '1',
  '',
  true,
  {},
  [1],
];
const NO_PRICE = [
  -0.01,
  -1,
  1e8,
  99_999_999.991,
  0.001,
  1e-7,
  19.999,
  new Spelled('0.10000000000000000000001'),
  new Spelled('1e-400'),
  new Spelled('1e400'),
  new Spelled('99999999.990000000000000001'),
  '15.99',
  '',
  false,
  {},
  [1],
];
const NO_FLAG = ['true', '', 0, 1, {}, [true]];
const NO_TEXT = [0, 15, true, [], ['a'], {}, { name: 'a' }];

/** Values for a member that are refused whatever the state. */
export function wrongMember(name: string, schema: Schema): fc.Arbitrary<Wrong> {
  const at =
    (place: string) =>
    (value: unknown): Wrong => ({ value, place });
  const nothing = schema.nullable ? [] : [null];
  if (name === 'filter' || name === 'change') return wrongEditMember(name);
  if (schema.type === 'array') {
    const whole = [...nothing, [], new Array(101).fill(1), 'a', 1, {}, true].map(at(`/${name}`));
    const second = NO_ID.map((value) => at(`/${name}/1`)([1, value]));
    const first = [null, [], [[1]]].map((value) => at(`/${name}/0`)([value]));
    return fc.constantFrom(...whole, ...first, ...second);
  }
  const values = {
    boolean: NO_FLAG,
    integer: NO_ID,
    number: NO_PRICE,
    string: [...NO_TEXT, ...wrongTexts(schema)],
  }[schema.type as string];
  if (!values) throw new Error(`no wrong values for the member ${name}: say here what it means`);
  return fc.constantFrom(...nothing, ...values).map(at(`/${name}`));
}

const NO_QUERY_ID = [
  '',
  '0',
  '01',
  '-1',
  '+1',
  '1.0',
  '1e3',
  '0x10',
  '%201',
  '1%00',
  'abc',
  '%D9%A1',
  '%EF%BC%91',
  '%FF',
];
const NO_QUERY_NUMBER = ['', '0', '-1', '1.0', '1e1', '1+', 'abc', '%D9%A1', '9'.repeat(400), '99999', '%FF'];
const NO_AMOUNT = [
  '',
  '-1',
  '-0',
  '1.234',
  '1e3',
  '100000000',
  '.5',
  '5.',
  '1,5',
  'NaN',
  'Infinity',
  '%E2%82%AC1',
];
const NO_SWITCH = ['', '1', 'TRUE', 'yes', 'true%00', 'null'];
const NO_QUERY_TEXT = [
  ...INVISIBLE.map(encode),
  'a%00',
  'a%0Ab',
  'a%C2%85',
  '%FF',
  '%C3',
  '%ED%A0%80',
  '%zz',
  '%',
  'x'.repeat(1000),
];

/** Values for a query parameter that are refused, as they are sent. */
export function wrongParameter(name: string, schema: Schema): fc.Arbitrary<string[]> {
  const { type, items, maxItems = 20, maxLength } = schema;
  if (items) {
    const each = wrongParameter('', items).map(([value = '']) => ['1', value]);
    const valid = items.type === 'string' ? 'a' : '1';
    return fc.oneof(
      each.map(([, value = '']) => [valid, value]),
      fc.constant(new Array<string>(maxItems + 1).fill(valid)),
    );
  }
  const values = (): string[] => {
    if (name === 'cursor') return ['', 'abc', '%00', 'eyJhIjoxfQ', 'A'.repeat(2000)];
    if (schema.enum) return ['', 'Id', '-', '--id', 'id,name', 'constructor', '%00'];
    if (type === 'boolean') return NO_SWITCH;
    if (schema.format === 'int64') return NO_QUERY_ID;
    if (type === 'integer') return [...NO_QUERY_NUMBER, String((schema.maximum ?? 100) + 1)];
    if (type === 'number') return NO_AMOUNT;
    const long =
      maxLength === undefined ? [] : ['x'.repeat(maxLength + 1), encode('\u{1f98a}'.repeat(maxLength + 1))];
    return [
      ...NO_QUERY_TEXT,
      ...long,
      ...(name === 'q' ? [new Array<string>(MOST_WORDS + 1).fill('a').join('+')] : []),
    ];
  };
  return fc.constantFrom(...values()).map((value) => [value]);
}

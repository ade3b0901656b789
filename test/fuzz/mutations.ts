import fc from 'fast-check';
import { BAD_IDS, UNKNOWN_IDS } from '../support/inputs';
import { type Operation, resourcesOf } from '../support/openapi-document';
import { type Draft, removeMember, setHeader, setMember, setParameter } from './draft';
import { wrongMember, wrongParameter } from './values';

/** The order in which the contract wants a request to be checked. */
export const RANKS = [
  'head',
  'route',
  'body',
  'token',
  'role',
  'input',
  'key',
  'existence',
  'owner',
  'precondition',
  'state',
] as const;
export type Rank = (typeof RANKS)[number];

/** Makes a valid request one that must be refused. */
export interface Mutation {
  /** what it is, for the summary */
  kind: string;
  /** Of two mutations with the same slot, a request has only one. */
  slot: string;
  rank: Rank;
  status: number;
  code: string;
  /** what `errors` must name: `/name`, `` for the body, and `?limit` for parameters */
  places?: string[];
  /** whether the contract does not say what comes first, this or another reason to refuse */
  isAlone?: boolean;
  apply: (draft: Draft) => void | Promise<void>;
}

export const INVALID = { status: 400, code: 'invalid_input' };

const hasBody = ({ body }: Operation): boolean => body !== undefined;
const readsBody = ({ method }: Operation): boolean => method !== 'GET';

/** Mutations, and how often they are chosen. */
export interface Weighted {
  arbitrary: fc.Arbitrary<Mutation>;
  weight: number;
}

/** All that can be wrong with a request to the operation, whatever it is about. */
export function generalMutations(operation: Operation, all: readonly Operation[]): Weighted[] {
  const each = (weight: number, arbitraries: readonly fc.Arbitrary<Mutation>[]): Weighted[] =>
    arbitraries.map((arbitrary) => ({ arbitrary, weight }));
  return [
    ...each(1, [
      fc.constantFrom(...headMutations(operation)),
      fc.constantFrom(...routeMutations(operation, all)),
    ]),
    ...each(3, readsBody(operation) ? [unreadableBody(operation)] : []),
    ...each(3, operation.needsToken ? [wrongToken(operation)] : []),
    ...each(2, pathMutations(operation)),
    ...each(3, queryMutations(operation)),
    ...each(4, hasBody(operation) ? bodyMutations(operation) : []),
    ...each(3, headerMutations(operation)),
  ];
}

function headMutations(operation: Operation): Mutation[] {
  const head = (kind: string, apply: Mutation['apply']): Mutation => ({
    kind,
    slot: 'head',
    rank: 'head',
    ...INVALID,
    apply,
  });
  const twice = (name: string, value: string) =>
    head('repeated header', (draft) => {
      draft.headers.push([name, value], [name, value]);
    });
  return [
    twice('Authorization', 'Bearer a.b.c'),
    ...(hasBody(operation) ? [twice('Content-Type', 'application/json')] : []),
    head('malformed Host', (draft) => {
      draft.headers.push(['Host', 'a b']);
    }),
  ];
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'];

/** `/items/{id}` also matches `/items/{item_id}`. */
const toPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]*')}$`);

const SUFFIXES = ['/', '/x', '//', '%2Fx', '/%00', '/%FF', ';a=b'];

function routeMutations({ path }: Operation, all: readonly Operation[]): Mutation[] {
  const taken = all.filter((each) => toPattern(path).test(each.path));
  const isKnown = (other: string) => all.some((each) => toPattern(each.path).test(other));
  const others = METHODS.filter((method) => !taken.some((each) => each.method === method));
  return [
    ...others.map((method): Mutation => ({
      kind: 'other method',
      slot: 'route',
      rank: 'route',
      status: 405,
      code: 'method_not_allowed',
      apply: (draft) => void (draft.method = method),
    })),
    // `/stores/x` would be a store with a malformed id.
    ...SUFFIXES.filter((suffix) => !isKnown(path + suffix)).map((suffix): Mutation => ({
      kind: 'unknown route',
      slot: 'route',
      rank: 'route',
      status: 404,
      code: 'not_found',
      apply: (draft) => void (draft.suffix = suffix),
    })),
  ];
}

const BODY_LIMIT = 100 * 1024;
const NO_JSON = [
  '{',
  '}',
  '{"name":}',
  "{'name':'a'}",
  '{"name":"a",}',
  '{"price":NaN}',
  '{"price":01}',
  '{"price":.5}',
  '{"price":+1}',
  '\ufeff{}',
  '{}{}',
  '{"a":"\u0001"}',
  '{"a":"\\x41"}',
  '{"a":"\\u12"}',
  '// a\n{}',
  'undefined',
  'name=a',
  '<a/>',
  ' ',
  '\0',
  '{"a":1}\0',
];
const NO_UTF8 = [
  [0xff],
  [0xc3, 0x28],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xc0, 0xaf],
  [0xfe, 0xff, 0x00, 0x7b],
];
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=a',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8; a=b',
  'application/json;',
  'application/json, text/plain',
  'application/jsonp',
  'application/merge-patch+json',
  'json',
  '*/*',
  '',
];
const ENCODINGS = ['gzip', 'br', 'identity', 'deflate, gzip', 'x'];
const DEPTH = 32;

function unreadableBody(operation: Operation): fc.Arbitrary<Mutation> {
  const unreadable = (
    kind: string,
    answer: Pick<Mutation, 'status' | 'code' | 'places'>,
    transform: (body: Buffer) => Buffer | undefined,
    apply: Mutation['apply'] = () => undefined,
  ): Mutation => ({
    kind,
    slot: 'body',
    rank: 'body',
    ...answer,
    apply: (draft) => {
      draft.contentType ??= 'application/json';
      draft.transforms.push(transform);
      return apply(draft);
    },
  });
  const malformed = { ...INVALID, places: [''] };
  const otherType = { status: 415, code: 'unsupported_media_type' };
  const filled = (body: Buffer) => (body.length === 0 ? Buffer.from('{}') : body);
  return fc.oneof(
    fc.constantFrom(...NO_JSON).map((text) => unreadable('broken JSON', malformed, () => Buffer.from(text))),
    ...(hasBody(operation)
      ? [fc.nat(1000).map((at) => unreadable('broken JSON', malformed, (body) => cutShort(body, at)))]
      : []),
    fc
      .constantFrom(...NO_UTF8)
      .map((bytes) =>
        unreadable('invalid UTF-8', malformed, () =>
          Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]),
        ),
      ),
    fc
      .constantFrom('[', '{"a":')
      .map((open) => unreadable('deep nesting', malformed, () => Buffer.from(open.repeat(DEPTH + 1)))),
    fc
      .constantFrom(BODY_LIMIT + 1, 2 * BODY_LIMIT)
      .map((length) =>
        unreadable('large body', { status: 413, code: 'too_large' }, (body) =>
          Buffer.from(filled(body).toString('latin1').padEnd(length), 'latin1'),
        ),
      ),
    fc
      .constantFrom(...OTHER_TYPES)
      .map((type) =>
        unreadable('other media type', otherType, filled, (draft) => void (draft.contentType = type)),
      ),
    fc.constantFrom(...ENCODINGS).map((encoding) =>
      unreadable('encoded body', otherType, filled, (draft) => {
        setHeader(draft, 'Content-Encoding', encoding);
      }),
    ),
  );
}

/** The beginning of an object. */
function cutShort(body: Buffer, at: number): Buffer {
  const length = body.toString().trim().length - 1;
  return length > 0 && body.includes('{') ? body.subarray(0, 1 + (at % length)) : Buffer.from('{');
}

const HOUR = 3600;

function wrongToken({ responses, path }: Operation): fc.Arbitrary<Mutation> {
  const use = path === '/refresh' ? 'refresh' : 'access';
  const other = use === 'refresh' ? 'access' : 'refresh';
  const now = () => Math.floor(Date.now() / 1000);
  const claims: [string, () => object][] = [
    ['expired token', () => ({ exp: now() - HOUR })],
    ['token of later', () => ({ iat: now() + HOUR })],
    ['token of later', () => ({ nbf: now() + HOUR })],
    ['token of another service', () => ({ iss: 'another' })],
    ['token of another service', () => ({ aud: 'another' })],
    ['token without a user', () => ({ sub: 'a' })],
    ['token without a user', () => ({ sub: '0' })],
    ['token without a session', () => ({ sid: 1 })],
    ['token without a use', () => ({ token_use: 'admin' })],
    ['token without an end', () => ({ exp: 'never' })],
  ];
  const texts = [
    'Bearer',
    'Bearer ',
    'Bearer a.b.c',
    'Basic YTpi',
    'bearer null',
    'Bearer eyJhbGciOiJub25lIn0.e30.',
    `Bearer ${'a'.repeat(2000)}`,
    ', Bearer',
    '\u00e9',
    '',
  ];
  const token = (kind: string, apply: (draft: Draft) => void | Promise<void>): Mutation => ({
    kind,
    slot: 'token',
    rank: 'token',
    status: 401,
    code: responses.get(401)?.codes.find((code) => code === 'unauthenticated') ?? '',
    apply,
  });
  return fc.oneof(
    fc.constant(token('no token', (draft) => void (draft.authorization = undefined))),
    fc
      .constantFrom(...texts)
      .map((text) => token('malformed token', (draft) => void (draft.authorization = text))),
    fc.constant(
      token('token of the other kind', (draft) => {
        const { world, person = world.owner } = draft.scene;
        draft.authorization = `Bearer ${world.token(person, other)}`;
      }),
    ),
    fc.constantFrom(...claims).map(([kind, change]) =>
      token(kind, (draft) => {
        const { world, person = world.owner } = draft.scene;
        draft.authorization = `Bearer ${world.token(person, use, change())}`;
      }),
    ),
    fc.constant({
      ...token('token of an ended session', (draft) => {
        const { world, person = world.owner } = draft.scene;
        const sessionId = String(world.deleted.get('session'));
        draft.authorization = `Bearer ${world.token({ ...person, sessionId }, use)}`;
      }),
      // A refresh finds it out when it uses the token up, after the input was checked.
      isAlone: use === 'refresh',
    }),
    fc.nat(300).map((at) =>
      token('forged token', (draft) => {
        const { world, person = world.owner } = draft.scene;
        const [header, payload, signature = ''] = world.token(person, use).split('.');
        // Not the last character, of which not all bits count.
        const index = at % (signature.length - 1);
        const changed = signature[index] === 'A' ? 'B' : 'A';
        draft.authorization = `Bearer ${[header, payload, signature.slice(0, index) + changed + signature.slice(index + 1)].join('.')}`;
      }),
    ),
  );
}

const NO_UUID = [
  '1',
  'abc',
  '00000000-0000-0000-0000-00000000000g',
  '00000000-0000-0000-0000-0000000000000',
  '000000000000-0000-0000-0000-00000000',
  '%00',
  '%FF',
  'a'.repeat(3000),
  '%7B00000000-0000-0000-0000-000000000000%7D',
];
const NO_ID = [
  ...BAD_IDS,
  '%FF',
  '%E2%80%AE1',
  '1%2F2',
  '1;a',
  '1.',
  '١',
  `-${'9'.repeat(2000)}`,
  '1%0A',
  'null',
  'NaN',
  '%31%20',
].map((text) => encodeURI(text).replaceAll('%25', '%'));

function pathMutations({ path, parameters, responses }: Operation): fc.Arbitrary<Mutation>[] {
  const resources = resourcesOf(path);
  return [...resources].flatMap(([name, resource]) => {
    const isUuid = parameters.some(
      (parameter) => parameter.name === name && parameter.schema.format === 'uuid',
    );
    const malformed = fc.constantFrom(...(isUuid ? NO_UUID : NO_ID)).map((text): Mutation => ({
      kind: 'malformed id',
      slot: `path ${name}`,
      rank: 'input',
      ...INVALID,
      places: [`?${name}`],
      apply: ({ path: segments }) => void segments.set(name, text),
    }));
    const code = `${resource}_not_found`;
    if (!responses.get(404)?.codes.includes(code))
      throw new Error(`${path} does not say that there may be no ${resource}`);
    const unknown = isUuid
      ? ['00000000-0000-4000-8000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF']
      : UNKNOWN_IDS;
    const missing = fc.constantFrom('deleted', ...unknown).map((id): Mutation => ({
      kind: id === 'deleted' ? 'id of something deleted' : 'unknown id',
      // Only one of several, because each has its own code.
      slot: 'existence',
      rank: 'existence',
      status: 404,
      code,
      apply: ({ scene, path: segments }) => {
        segments.set(name, id === 'deleted' ? String(scene.world.deleted.get(resource)) : id);
      },
    }));
    return [malformed, missing];
  });
}

const UNKNOWN_PARAMETERS = [
  'a',
  'Limit',
  'limit%5B%5D',
  'constructor',
  '__proto__',
  '%00',
  '%FF',
  'x'.repeat(2000),
  '%F0%9F%A6%8A',
  'id%20',
];
const toName = (raw: string): string => {
  try {
    return decodeURIComponent(raw);
  } catch {
    return '\ud800';
  }
};

function queryMutations({ parameters }: Operation): fc.Arbitrary<Mutation>[] {
  const wrong = (kind: string, name: string, apply: Mutation['apply']): Mutation => ({
    kind,
    slot: 'query',
    rank: 'input',
    ...INVALID,
    places: [`?${name}`],
    apply,
  });
  const unknown = fc.constantFrom(...UNKNOWN_PARAMETERS).map((name) =>
    wrong('unknown parameter', toName(name), (draft) => {
      draft.query.push([name, '1']);
    }),
  );
  const known = parameters.filter((parameter) => parameter.in === 'query');
  const without = (draft: Draft, name: string) => {
    // With a wrong limit or cursor, the rule for both cannot be checked.
    if (/^(?:limit|page|cursor)$/.test(name)) draft.query = draft.query.filter(([each]) => each !== 'page');
  };
  const values = known.map(({ name, schema }) =>
    wrongParameter(name, schema).map((texts) =>
      wrong('wrong parameter', name, (draft) => {
        without(draft, name);
        setParameter(draft, name, ...texts);
      }),
    ),
  );
  const repeated = known
    .filter(({ schema }) => !schema.items)
    .map(({ name, schema }) => {
      const value =
        schema.enum?.[0] ?? { integer: '1', number: '1', boolean: 'true' }[schema.type as string] ?? 'a';
      return wrong('repeated parameter', name, (draft) => {
        without(draft, name);
        setParameter(draft, name, value, value);
      });
    });
  const foreign = known.some(({ name }) => name === 'cursor')
    ? [
        {
          ...wrong('cursor of another list', 'cursor', (draft) => {
            draft.query = draft.query.filter(([name]) => name !== 'page' && name !== 'sort');
            setParameter(draft, 'cursor', draft.scene.world.foreignCursor);
          }),
          // It is found out when the list is read, after all else that can be wrong with the input.
          isAlone: true,
        },
      ]
    : [];
  return [
    unknown,
    ...(values.length > 0 ? [fc.oneof(...values)] : []),
    ...(repeated.length > 0 ? [fc.constantFrom(...repeated, ...foreign)] : []),
  ];
}

const UNKNOWN_MEMBERS = [
  'id',
  'created_at',
  'Name',
  'constructor',
  '__proto__',
  'toString',
  '',
  'a/b~c',
  '\u0000',
  '\ud800',
  '\u202ename',
  'x'.repeat(5000),
];
const NO_OBJECTS = [null, true, 0, 'a', '', [], [{}]];

function bodyMutations({ body }: Operation): fc.Arbitrary<Mutation>[] {
  const { properties = {}, required = [] } = body ?? {};
  const wrong = (kind: string, place: string, apply: Mutation['apply']): Mutation => ({
    kind,
    slot: 'members',
    rank: 'input',
    ...INVALID,
    places: [place],
    apply,
  });
  const values = Object.entries(properties).map(([name, schema]) =>
    wrongMember(name, schema).map(({ value, place }) =>
      wrong(value === null ? 'null' : 'wrong member', place, (draft) => {
        setMember(draft, name, value);
      }),
    ),
  );
  const missing = required.map((name) =>
    wrong('missing member', `/${name}`, (draft) => {
      removeMember(draft, name);
    }),
  );
  const empty = wrong('empty object', '', (draft) => void (draft.members = []));
  const unknown = UNKNOWN_MEMBERS.filter((name) => !Object.hasOwn(properties, name)).map((name) =>
    wrong('unknown member', `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, (draft) => {
      draft.members?.push([name, 1]);
    }),
  );
  return [
    fc.oneof(...values),
    fc.oneof(...values),
    fc.constantFrom(
      ...missing,
      ...(required.length === 0 ? [empty] : []),
      wrong('no body', '', (draft) => void (draft.members = undefined)),
    ),
    fc.constantFrom(...unknown),
    fc
      .constantFrom(...NO_OBJECTS)
      .map((value) => wrong('no object', '', (draft) => void (draft.instead = { value }))),
  ];
}

const NO_KEYS = ['', 'a b', '\u00e9', 'a\tb', 'k'.repeat(256), 'k'.repeat(1000)];
const NO_TAGS = [
  '',
  'a',
  '"',
  '"a',
  '*, "a"',
  '"a" "b"',
  'w/"a"',
  'W/a',
  '"a", *',
  '""x',
  "'a'",
  'a'.repeat(1000),
];
const NO_POSITIONS = [
  '',
  '1',
  '0/0/0',
  '1/0',
  '1/0/0/0',
  '1/G/0',
  '1/0/000000000',
  '4294967296/0/0',
  '-1/0/0',
  ' a',
  '\u00e9',
];
const STALE = ['"stale"', 'W/"stale"', '""', '"a", "b"', ', "a",', '"\u00e9"', `"${'a'.repeat(1000)}"`];

function headerMutations({ parameters }: Operation): fc.Arbitrary<Mutation>[] {
  const wrong = (name: string, value: string): Mutation => ({
    kind: `malformed ${name}`,
    slot: name,
    rank: 'input',
    ...INVALID,
    places: [`?${name}`],
    apply: (draft) => {
      setHeader(draft, name, value);
    },
  });
  return parameters
    .filter((parameter) => parameter.in === 'header')
    .flatMap(({ name }): fc.Arbitrary<Mutation>[] => {
      if (name === 'Idempotency-Key') {
        const reused: Mutation = {
          kind: 'reused Idempotency-Key',
          slot: name,
          rank: 'key',
          status: 422,
          code: 'idempotency_key_reused',
          apply: async (draft) => {
            const { world, person } = draft.scene;
            const key = `reused-${world.next()}`;
            if (person) await world.useKey(person.id, key);
            setHeader(draft, name, key);
          },
        };
        return [fc.constantFrom(...NO_KEYS.map((value) => wrong(name, value)), reused, reused, reused)];
      }
      if (name === 'X-Read-After')
        return [fc.constantFrom(...NO_POSITIONS.map((value) => wrong(name, value)))];
      const stale = STALE.map((value): Mutation => ({
        kind: 'outdated If-Match',
        slot: name,
        rank: 'precondition',
        status: 412,
        code: 'precondition_failed',
        apply: (draft) => {
          setHeader(draft, name, value);
        },
      }));
      return [fc.constantFrom(...NO_TAGS.map((value) => wrong(name, value)), ...stale)];
    });
}

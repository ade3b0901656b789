import fc from 'fast-check';
import { type Operation, resourcesOf } from '../support/openapi-document';
import { type Draft, type JsonStyle, type Scene, setHeader, setMember, setParameter } from './draft';
import { generalMutations, type Mutation, type Rank, RANKS } from './mutations';
import {
  accessMutations,
  accessOf,
  COMPLETIONS,
  endsCaller,
  hashes,
  IMPORT_STATES,
  ROLES,
  STATE_MUTATIONS,
} from './states';
import { member, parameter, type Value } from './values';
import { type World } from './world';

/** The state that a valid `If-Match` is made from. */
export type Precondition = 'none' | 'exact' | 'weak' | 'list' | 'any';

/** What a valid request can be like. */
interface Variant {
  style: JsonStyle;
  contentType: string;
  /** headers that change nothing */
  noise: [name: string, value: string][];
  precondition: Precondition;
  key: string | undefined;
  readAfter: string | undefined;
  isHead: boolean;
  /** asks whether what it had read before has changed */
  isRevalidation: boolean;
  /** a body where none is expected */
  surplusBody: unknown;
}

/** A request before it is known what there is. */
export interface Plan {
  operation: Operation;
  role: number;
  /** which of the things that there are */
  pick: number;
  members: Record<string, Value<unknown>>;
  parameters: Record<string, Value<string[]>>;
  variant: Variant;
  /** what makes it invalid; empty for a valid request */
  mutations: readonly Mutation[];
}

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON;charset="UTF-8"',
  'application/json \t; charset=UTF-8 ',
];

const NOISE: [string, string][] = [
  ['Accept', 'text/html'],
  ['Accept', 'image/png, */*;q=0'],
  ['Accept', '\u00e9'],
  ['Accept-Encoding', 'gzip, br'],
  ['Accept-Charset', 'utf-16'],
  ['Accept-Language', '-'],
  ['X-Request-Id', 'a.b_c-1'],
  ['X-Request-Id', 'x'.repeat(129)],
  ['X-Request-Id', 'a b"\u00e9'],
  ['Range', 'bytes=0-1'],
  ['Expect', '200-maybe'],
  ['Cookie', 'a=b; __proto__=c'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['If-Modified-Since', 'Sat, 01 Jan 2050 00:00:00 GMT'],
  ['User-Agent', ''],
  ['User-Agent', `\u00e9${'a'.repeat(1000)}`],
  ['Constructor', 'a'],
  ['__proto__', 'a'],
];

const takes = ({ parameters }: Operation, name: string): boolean =>
  parameters.some((each) => each.in === 'header' && each.name === name);

function variants(operation: Operation): fc.Arbitrary<Variant> {
  const sometimes = <T>(value: fc.Arbitrary<T>, otherwise: T, isPossible: boolean) =>
    isPossible ? fc.oneof({ arbitrary: fc.constant(otherwise), weight: 4 }, value) : fc.constant(otherwise);
  const visible = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 40,
  });
  const key = fc.oneof(
    visible,
    visible.map((text) => text.padEnd(230, '~')),
  );
  const isGet = operation.method === 'GET';
  return fc.record({
    style: fc.constantFrom<JsonStyle>('compact', 'spaced', 'escaped', 'reversed'),
    contentType: fc.constantFrom(...CONTENT_TYPES),
    noise: fc.array(fc.constantFrom(...NOISE), { maxLength: 2 }),
    precondition: sometimes<Precondition>(
      fc.constantFrom('exact', 'weak', 'list', 'any'),
      'none',
      takes(operation, 'If-Match'),
    ),
    key: sometimes<string | undefined>(key, undefined, takes(operation, 'Idempotency-Key')),
    readAfter: sometimes<string | undefined>(
      fc.constantFrom('1/0/0', '1/0/16B3748', '4294967295/FFFFFFFF/FFFFFFFF'),
      undefined,
      takes(operation, 'X-Read-After'),
    ),
    isHead: sometimes(fc.constant(true), false, isGet),
    isRevalidation: sometimes(fc.constant(true), false, operation.responses.has(304)),
    surplusBody: sometimes<unknown>(
      fc.constantFrom({}, null, [1], 'a'),
      undefined,
      !isGet && !operation.body,
    ),
  });
}

/** Statuses of requests that are refused before anything is hashed. */
const EARLY = new Set([400, 413, 415]);

/** Any request to one of the operations. @param all whose paths and methods are known, whether they are tried or not */
export function plans(operations: readonly Operation[], all: readonly Operation[]): fc.Arbitrary<Plan> {
  const isCheap = (plan: Plan) => EARLY.has(expectedOf(plan).status);
  const weighted = operations.flatMap((operation) => {
    const arbitrary = plansOf(operation, all);
    if (!hashes(operation)) return [{ arbitrary, weight: 6 }];
    return [
      { arbitrary, weight: 1 },
      { arbitrary: arbitrary.filter(isCheap), weight: 3 },
    ];
  });
  return fc.oneof(...weighted);
}

/** Some requests to the operation that must be answered with this status. */
export function plansFor(
  operation: Operation,
  status: number,
  { all, seed }: { all: readonly Operation[]; seed: number },
): Plan[] {
  return fc
    .sample(plansOf(operation, all), { seed, numRuns: 5000 })
    .filter((plan) => expectedOf(plan).status === status)
    .slice(0, 3);
}

function plansOf(operation: Operation, all: readonly Operation[]): fc.Arbitrary<Plan> {
  const { properties = {}, required = [] } = operation.body ?? {};
  const members = Object.entries(properties).map(([name, schema]) => [name, member(name, schema)] as const);
  const parameters = operation.parameters
    .filter((each) => each.in === 'query')
    .flatMap(({ name, schema }) => {
      const values = parameter(name, schema);
      // Most of the others are not there, so that lists are not always empty.
      return values ? [[name, values] as const] : [];
    });
  return fc.record({
    operation: fc.constant(operation),
    role: fc.nat(5),
    pick: fc.nat(1000),
    members: fc.record(Object.fromEntries(members), { requiredKeys: required }),
    parameters: fc
      .subarray(parameters, { maxLength: Math.min(4, parameters.length) })
      .chain((some) => fc.record(Object.fromEntries(some))),
    variant: variants(operation),
    mutations: mutationsOf(operation, all),
  });
}

function mutationsOf(operation: Operation, all: readonly Operation[]): fc.Arbitrary<readonly Mutation[]> {
  const state = [...accessMutations(operation), ...(STATE_MUTATIONS[operation.name] ?? [])];
  const options = [
    ...generalMutations(operation, all),
    ...state.map((mutation) => ({ arbitrary: fc.constant(mutation), weight: 3 })),
  ];
  const one = fc.oneof(...options);
  const several = fc.uniqueArray(one, { minLength: 2, maxLength: 3, selector: ({ slot }) => slot });
  return fc
    .oneof(
      { arbitrary: fc.constant<Mutation[]>([]), weight: 4 },
      { arbitrary: one.map((mutation) => [mutation]), weight: 5 },
      { arbitrary: several, weight: 2 },
    )
    .map((list) => {
      const alone = list.find(({ isAlone }) => isAlone);
      return alone ? [alone] : list;
    });
}

/** What the contract says of a request. */
export interface Expected {
  status: number;
  code: string | undefined;
  /** what `errors` must name, exactly; undefined if there must be none */
  places: readonly string[] | undefined;
  kind: string;
  /** what was checked when it was refused; undefined for a valid request */
  rank: Rank | undefined;
  /** whether the document says so of this operation, and not the contract of every path */
  isDocumented: boolean;
}

export function expectedOf({ operation, mutations, variant }: Plan): Expected {
  const [first] = [...mutations].sort(byRank);
  if (!first) {
    const success = [...operation.responses.keys()].find((status) => status < 300) ?? 200;
    return {
      status: variant.isRevalidation ? 304 : success,
      code: undefined,
      places: undefined,
      kind: variant.isRevalidation ? 'valid, not modified' : 'valid',
      rank: undefined,
      isDocumented: true,
    };
  }
  const { rank, status, code, kind } = first;
  const together = mutations.filter((each) => each.rank === rank);
  const places = together.flatMap((each) => each.places ?? []);
  return {
    status,
    code,
    places: places.length > 0 ? places : undefined,
    kind,
    rank,
    isDocumented: rank !== 'route' && rank !== 'head',
  };
}

const byRank = (a: Mutation, b: Mutation): number => RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank);

/** Whether the request has a valid `Idempotency-Key` that is not used yet. */
export const hasKey = ({ variant, mutations }: Plan): boolean =>
  variant.key !== undefined && !mutations.some(({ slot }) => slot === 'Idempotency-Key');

/** Prepares what the request is about, and writes it. */
export async function toDraft(plan: Plan, world: World): Promise<Draft> {
  const { operation, variant, mutations } = plan;
  const scene = await stage(plan, world);
  const draft = await validDraft(plan, scene);
  await COMPLETIONS[operation.name]?.(draft);
  // What is checked first is applied last, because it may hide the rest.
  const ordered = [...mutations].sort((a, b) => byRank(b, a));
  const isPrepared = (rank: Mutation['rank']) => ordered.some((mutation) => mutation.rank === rank);
  if (variant.precondition !== 'none' && !isPrepared('state') && !isPrepared('existence')) {
    setHeader(draft, 'If-Match', await ifMatch(draft, variant.precondition));
  }
  for (const mutation of ordered) await mutation.apply(draft);
  if (variant.isRevalidation && mutations.length === 0) {
    setHeader(draft, 'If-None-Match', await etagOf(world, targetOf(draft), draft.authorization));
  }
  return draft;
}

async function stage({ operation, role: roll, pick }: Plan, world: World): Promise<Scene> {
  const roles = ROLES[accessOf(operation)];
  const role = roles[roll % roles.length] ?? 'nobody';
  const isFinal = operation.method === 'DELETE';
  const isStoreChanged = operation.path === '/stores/{id}' && operation.method !== 'GET';
  const store = isStoreChanged
    ? await world.newStore(world.owner.id)
    : (world.stores[pick % world.stores.length] ?? world.foreignStore);
  const resources = [...resourcesOf(operation.path).values()];
  const usual = (ids: readonly number[]) => ids[pick % ids.length] ?? 0;
  const isChanged = (resource: string) => isFinal && resources.at(-1) === resource;
  const person = endsCaller(operation)
    ? await world.newPerson()
    : role === 'nobody'
      ? undefined
      : world[role];
  // A login may end another session of its user.
  const usesUser = operation.path === '/login' || (resources.includes('user') && operation.method !== 'GET');
  return {
    world,
    role: endsCaller(operation) ? 'owner' : role,
    person,
    store,
    item: isChanged('item') ? await world.newItem(store.id) : usual(store.items),
    tag: isChanged('tag') ? await world.newTag(store.id) : usual(store.tags),
    import: resources.includes('import')
      ? await world.newImport(store.id, IMPORT_STATES[operation.name] ?? 'previewed')
      : 0,
    change: resources.includes('change') ? await world.newChange(store.id) : 0,
    user: usesUser ? await world.newPerson() : world.owner,
  };
}

const MAX_TARGET = 4000;

async function validDraft(plan: Plan, scene: Scene): Promise<Draft> {
  const { operation, variant } = plan;
  const { world, person, store, item, tag, user } = scene;
  const use = operation.path === '/refresh' ? 'refresh' : 'access';
  const members = Object.entries(plan.members).flatMap(([name, value]): [string, unknown][] => {
    const resolved = value(scene);
    return resolved === undefined ? [] : [[name, resolved]];
  });
  const draft: Draft = {
    operation,
    scene,
    method: variant.isHead ? 'HEAD' : operation.method,
    path: new Map(),
    suffix: '',
    query: [],
    headers: [],
    authorization: person && `Bearer ${world.token(person, use)}`,
    contentType: variant.contentType,
    members: operation.body ? members : undefined,
    instead: variant.surplusBody === undefined ? undefined : { value: variant.surplusBody },
    style: variant.style,
    transforms: [],
  };
  for (const [name, resource] of resourcesOf(operation.path)) {
    const ids: Record<string, number | string> = {
      store: store.id,
      item,
      tag,
      change: scene.change,
      import: scene.import,
      user: user.id,
    };
    if (resource === 'session' && person) ids.session = (await world.newSession(person.id)).sessionId;
    const id = ids[resource];
    if (id === undefined) throw new Error(`no ids of a ${resource}: say here what it is`);
    draft.path.set(name, String(id));
  }
  for (const [name, value] of Object.entries(plan.parameters)) setParameter(draft, name, ...value(scene));
  // The parser of Node limits the head of a request to 16 KB.
  while (targetOf(draft).length > MAX_TARGET) draft.query.pop();
  for (const [name, value] of variant.noise) setHeader(draft, name, value);
  // A key is another one for each request, because each has one effect.
  if (variant.readAfter !== undefined) setHeader(draft, 'X-Read-After', variant.readAfter);
  if (variant.key !== undefined) setHeader(draft, 'Idempotency-Key', `${world.next()}${variant.key}`);
  const { minProperties = 0, properties = {} } = operation.body ?? {};
  if (members.length < minProperties) {
    const [[name, schema] = ['', {}]] = Object.entries(properties).filter(
      ([each]) => !members.some(([known]) => known === each),
    );
    setMember(draft, name, schema.format === 'email' ? `n${world.next()}@example.com` : world.unique());
  }
  return draft;
}

const targetOf = ({ operation, path, query }: Draft): string => {
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => path.get(name) ?? '');
  return query.length === 0 ? filled : `${filled}?${query.map((pair) => pair.join('=')).join('&')}`;
};

async function etagOf(world: World, target: string, authorization?: string): Promise<string> {
  return String((await world.read(target, authorization)).headers.etag);
}

/** What a valid `If-Match` says of the resource in the path; for links, of the item. */
async function ifMatch({ operation, path, scene }: Draft, precondition: Precondition): Promise<string> {
  if (precondition === 'any') return ' * ';
  const [[name, resource] = ['', '']] = resourcesOf(operation.path);
  const etag = await etagOf(scene.world, `/${resource}s/${path.get(name) ?? ''}`);
  if (precondition === 'weak') return `W/${etag}`;
  return precondition === 'list' ? `"another", ,${etag}\t,W/"\u00e9"` : etag;
}

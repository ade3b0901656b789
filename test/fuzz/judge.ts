import { STATUS_CODES } from 'node:http';
import Ajv, { type ValidateFunction } from 'ajv';
import { type OpenApi, type Operation, type Schema } from './document';
import { type Draft, Spelled } from './draft';
import { type Received } from './exchange';
import { type Expected } from './plan';
import { normalized } from './texts';
import { type Write } from './world';

/** As the contract writes times and ids. */
const FORMATS = {
  int64: true,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  email: true,
  password: true,
} as const;

const PROBLEM: Schema = { $ref: '#/components/schemas/Problem' };

/** Headers that an answer has only sometimes. */
const OCCASIONAL = new Set(['Link', 'X-Total-Count', 'Idempotency-Replayed']);

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { pointer?: string; parameter?: string; message: string }[];
}

/** Decides whether an answer is the one that the contract and the document want. */
export class Judge {
  private readonly ajv = new Ajv({ formats: FORMATS, allErrors: true });
  private readonly validators = new Map<Schema, ValidateFunction>();
  private readonly schemas: Record<string, Schema>;

  constructor({ components }: OpenApi) {
    this.ajv.addVocabulary(['example']);
    this.schemas = components.schemas;
  }

  /** What is wrong with an answer, if anything. */
  faultOf(
    { operation, method }: Pick<Draft, 'operation' | 'method'>,
    expected: Expected,
    received: Received,
  ): string | undefined {
    const { status, headers, text } = received;
    if (status !== expected.status) return `${status} instead of ${expected.status} (${expected.kind})`;
    if (typeof headers['x-request-id'] !== 'string') return 'no X-Request-Id';
    const documented = operation.responses.get(status);
    if (expected.isDocumented) {
      if (!documented) return `the status ${status} is not documented`;
      const missing = documented.headers.filter(
        (name) => !OCCASIONAL.has(name) && headers[name.toLowerCase()] === undefined,
      );
      if (missing.length > 0) return `no ${missing.join(', ')}`;
    }
    if (status === 401 && !/^Bearer(?: error="invalid_token")?$/.test(String(headers['www-authenticate']))) {
      return 'a wrong WWW-Authenticate';
    }
    if (method === 'HEAD' || status === 204 || status === 304)
      return text === '' ? undefined : 'a body where none belongs';
    const [mediaType = ''] = String(headers['content-type']).split(';');
    const wanted = status < 400 ? documented?.mediaType : 'application/problem+json';
    if (mediaType !== wanted) return `the media type ${mediaType}`;
    if (status >= 400) return this.faultOfProblem(operation, expected, received);
    return this.faultOfBody(documented?.schema ?? {}, text);
  }

  private faultOfProblem(
    operation: Operation,
    expected: Expected,
    { status, headers, text }: Received,
  ): string | undefined {
    const fault = this.faultOfBody(PROBLEM, text);
    if (fault !== undefined) return fault;
    const problem = JSON.parse(text) as Problem;
    if (
      problem.type !== 'about:blank' ||
      problem.title !== STATUS_CODES[status] ||
      problem.status !== status
    ) {
      return 'a problem of another status';
    }
    if (problem.request_id !== headers['x-request-id']) return 'another request_id than X-Request-Id';
    if (problem.detail === '') return 'no detail';
    if (problem.code !== expected.code)
      return `the code ${problem.code} instead of ${expected.code ?? 'none'} (${expected.kind})`;
    if (expected.isDocumented && !operation.responses.get(status)?.codes.includes(problem.code)) {
      return `the code ${problem.code} is not documented`;
    }
    const places = problem.errors?.map(({ pointer, parameter }) => pointer ?? `?${parameter ?? ''}`);
    const [found, wanted] = [places, expected.places].map((list) =>
      JSON.stringify([...new Set(list)].sort()),
    );
    return found === wanted ? undefined : `errors at ${found ?? ''} instead of ${wanted ?? ''}`;
  }

  private faultOfBody(schema: Schema, text: string): string | undefined {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return 'a body that is not JSON';
    }
    let validate = this.validators.get(schema);
    if (!validate) {
      validate = this.ajv.compile(this.closed(schema));
      this.validators.set(schema, validate);
    }
    return validate(body) ? undefined : `a body that does not fit: ${this.ajv.errorsText(validate.errors)}`;
  }

  /** The schema with those that it refers to, in which members that are not documented are wrong. */
  private closed(schema: Schema): object {
    if (schema.$ref !== undefined) {
      return this.closed(this.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
    }
    const { properties, items, ...rest } = schema;
    const members = Object.entries(properties ?? {}).map(([name, member]) => [name, this.closed(member)]);
    return {
      ...rest,
      ...(items && { items: this.closed(items) }),
      ...(properties && { properties: Object.fromEntries(members) as object, additionalProperties: false }),
    };
  }
}

/** What was stored in another form than it was sent, or undefined. */
export function faultOfEcho({ members }: Draft, text: string): string | undefined {
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  for (const [name, sent] of members ?? []) {
    if (!(name in body) || name === 'tags') continue;
    const value = sent instanceof Spelled ? Number(sent.text) : sent;
    const wanted = typeof value === 'string' ? normalized(value) : value === 0 ? 0 : value;
    // The domain of an address is stored in its ASCII form.
    const isComparable = name !== 'email' || /^[\0-\x7f]*$/.test(String(value));
    if (isComparable && body[name] !== wanted)
      return `${name} is ${JSON.stringify(body[name])} instead of ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

/** What a request left behind that must not, or undefined. */
export function faultOfWrites(
  writes: readonly Write[],
  { status, code }: Pick<Expected, 'status' | 'code'>,
  method: string,
  isKeptResponse: boolean,
): string | undefined {
  if (status < 300 && method !== 'GET' && method !== 'HEAD') return undefined;
  const isAllowed = ({ table }: Write) =>
    (table === 'idempotency_keys' && isKeptResponse) ||
    // Its session ends, because somebody else may have the token.
    (table === 'sessions' && code === 'token_reused');
  const wrong = writes.find((write) => !isAllowed(write));
  return (
    wrong && `it left something behind: ${wrong.action} in ${wrong.table} of ${JSON.stringify(wrong.row)}`
  );
}

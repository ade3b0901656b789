import { STATUS_CODES } from 'node:http';
import Ajv, { type ValidateFunction } from 'ajv';
import { type OpenApi, type Operation, type Schema } from './openapi-document';

/** An answer of the API. */
export interface ReceivedAnswer {
  status: number;
  header: (name: string) => string | null | undefined;
  text: string;
}

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
const OCCASIONAL = new Set(['Link', 'X-Total-Count', 'Idempotency-Replayed', 'X-Read-After']);

interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
}

/** Compares answers with the OpenAPI document. */
export class DocumentedAnswers {
  private readonly ajv = new Ajv({ formats: FORMATS, allErrors: true });
  private readonly validators = new Map<Schema, ValidateFunction>();
  private readonly schemas: Record<string, Schema>;

  constructor({ components }: OpenApi) {
    this.ajv.addVocabulary(['example']);
    this.schemas = components.schemas;
  }

  /** What the document does not say of an answer, if anything: its status, headers, media type, body or code. */
  faultOf(operation: Operation, method: string, answer: ReceivedAnswer): string | undefined {
    const { status, header, text } = answer;
    const documented = operation.responses.get(status);
    if (!documented) return `the status ${status} is not documented`;
    const isAbsent = (name: string) => !OCCASIONAL.has(name) && (header(name) ?? undefined) === undefined;
    const missing = documented.headers.filter(isAbsent);
    if (missing.length > 0) return `no ${missing.join(', ')}`;
    if (method === 'HEAD' || status === 204 || status === 304)
      return text === '' ? undefined : 'a body where none belongs';
    if (status >= 400) return this.faultOfProblem(answer) ?? faultOfCode(documented.codes, text);
    const schema = documented.schemas.get(mediaTypeOf(answer));
    if (!schema) return `the media type ${mediaTypeOf(answer)}`;
    // A file in another format than JSON has no schema of its parts.
    return schema.type === 'string' ? undefined : this.faultOfBody(schema, text);
  }

  /** What is wrong with a problem of any address. */
  faultOfProblem(answer: ReceivedAnswer): string | undefined {
    const { status, text } = answer;
    const mediaType = mediaTypeOf(answer);
    if (mediaType !== 'application/problem+json') return `the media type ${mediaType}`;
    const fault = this.faultOfBody(PROBLEM, text);
    if (fault !== undefined) return fault;
    const problem = JSON.parse(text) as Problem;
    const isOfStatus =
      problem.type === 'about:blank' && problem.title === STATUS_CODES[status] && problem.status === status;
    return isOfStatus ? undefined : 'a problem of another status';
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

function mediaTypeOf({ header }: ReceivedAnswer): string {
  return header('content-type')?.split(';')[0] ?? '';
}

function faultOfCode(codes: readonly string[], text: string): string | undefined {
  const { code } = JSON.parse(text) as Problem;
  return codes.includes(code) ? undefined : `the code ${code} is not documented`;
}

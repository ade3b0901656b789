import { STATUS_CODES } from 'node:http';
import { INVALID_INPUT, TOO_LARGE, UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE } from '../common/problems/problem';
import { toSnakeCase } from '../database/naming';
import { addProblems, describeProblems, showInputFault } from './problems';
import { closeSchema, exampleOf } from './schema';
import {
  type OperationObject,
  type ParameterObject,
  type ResponseObject,
  type SchemaObject,
  type Schemas,
} from './types';

/** Adds what is the same for all operations, so that controllers need not repeat it. */
export function completeOperation(operation: OperationObject, method: string, schemas: Schemas): void {
  for (const parameter of (operation.parameters ?? []) as ParameterObject[]) completeParameter(parameter);
  const body = completeBody(operation, schemas);

  addProblems(operation, 400, [INVALID_INPUT]);
  if (method !== 'get') {
    addProblems(operation, 413, [TOO_LARGE]);
    addProblems(operation, 415, [UNSUPPORTED_MEDIA_TYPE]);
  }
  addProblems(operation, 503, [UNAVAILABLE]);
  showInputFault(operation, body);
  // No requirement is said in words too, because many tools warn of operations that say nothing.
  operation.security ??= [];
  if (method === 'get' && isPublicRead(operation))
    operation.parameters = [...(operation.parameters ?? []), READ_AFTER];
  for (const [status, response] of Object.entries(operation.responses)) {
    completeResponse(response as ResponseObject, status, isIdempotent(operation));
    if (method !== 'get' && status.startsWith('2')) addReadAfter(response as ResponseObject);
  }
  completeNotModified(operation.responses);
}

/** A replica may answer it. */
function isPublicRead({ security = [], responses }: OperationObject): boolean {
  return security.length === 0 && '304' in responses;
}

const READ_AFTER: ParameterObject = {
  name: 'X-Read-After',
  in: 'header',
  required: false,
  description: 'the header of a write, which the answer must include, although a replica may be behind',
  schema: { type: 'string', pattern: String.raw`^[1-9]\d{0,9}/[0-9A-F]{1,8}/[0-9A-F]{1,8}$` },
};

function addReadAfter(response: ResponseObject): void {
  response.headers = {
    ...response.headers,
    'X-Read-After': header('with replicas: a read without a token that sends it back includes this write'),
  };
}

function completeParameter(parameter: ParameterObject): void {
  const schema = (parameter.schema ?? {}) as SchemaObject;
  if (parameter.in === 'path') {
    const isNumber = schema.type === 'number';
    // A UUID has no example, because the row would not exist.
    parameter.schema = isNumber
      ? { type: 'integer', format: 'int64', minimum: 1, example: 1 }
      : { type: 'string', format: 'uuid' };
    parameter.description ??= isNumber ? 'the id in plain digits' : 'the id, a UUID';
  } else if (parameter.in === 'query') {
    parameter.name = toSnakeCase(parameter.name);
    // The member is not optional in TypeScript, because it has a default, but a client may leave it out.
    if (schema.default !== undefined) parameter.required = false;
  }
}

/** @returns the schema of the body, if the operation takes one */
function completeBody(operation: OperationObject, schemas: Schemas): SchemaObject | undefined {
  const body = operation.requestBody as
    { content: Record<string, { schema: { $ref: string }; example?: unknown }> } | undefined;
  const media = body?.content['application/json'];
  const schema = schemas[media?.schema.$ref.split('/').at(-1) ?? ''];
  if (!media || !schema) return undefined;
  closeSchema(schema, schemas);
  media.example = exampleOf(schema);
  return schema;
}

/** Statuses of the responses that are kept for an `Idempotency-Key`. */
const REPLAYED = /^(2\d\d|404|409)$/;

function isIdempotent({ parameters = [] }: OperationObject): boolean {
  return (parameters as ParameterObject[]).some(({ name }) => name === 'Idempotency-Key');
}

function completeResponse(response: ResponseObject, status: string, isKept: boolean): void {
  describeProblems(response);
  response.description ||= STATUS_CODES[status] ?? '';
  response.headers = {
    ...response.headers,
    'X-Request-Id': header('the id of the request, for support'),
    'Cache-Control': header('who may keep the response, and for how long'),
    ...(status === '201' && {
      Location: response.headers?.Location ?? header('the address of the new resource'),
    }),
    ...(status === '401' && {
      'WWW-Authenticate': header('`Bearer`, with `error="invalid_token"` where a token was sent'),
    }),
    ...(isKept &&
      REPLAYED.test(status) && {
        'Idempotency-Replayed': header('`true` if it is the response to an earlier request with this key'),
      }),
    ...((status === '429' || status === '503') && { 'Retry-After': header('seconds to wait') }),
  };
}

/** A 304 has the headers that the 200 would have. */
function completeNotModified({ 200: ok, 304: notModified }: OperationObject['responses']): void {
  if (!ok || !notModified) return;
  Object.assign(notModified, { headers: (ok as ResponseObject).headers });
}

function header(description: string) {
  return { description, schema: { type: 'string' } } as const;
}

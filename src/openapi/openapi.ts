import { STATUS_CODES } from 'node:http';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Environment } from '../config/environment';
import { toSnakeCase } from '../database/naming';
import { problemResponse } from '../common/problems/api-problems.decorator';
import {
  INVALID_INPUT,
  NOT_SUPPORTED,
  type ProblemType,
  TOO_LARGE,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
} from '../common/problems/problem';

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
type ParameterObject = Extract<NonNullable<OperationObject['parameters']>[number], { in: string }>;
type ResponseObject = Extract<NonNullable<OperationObject['responses'][string]>, { description: string }>;
type SchemaObject = Exclude<
  NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string],
  { $ref: string }
>;

const DESCRIPTION = `The backend of a catalogue of many stores: users, stores, items with exact prices, and tags.

To try the writes here: call \`POST /register\` and \`POST /login\`, press **Authorize**, and paste the
\`access_token\` (the \`refresh_token\` for \`POST /refresh\`).

Every error is a problem document (RFC 9457) with a stable \`code\`. Lists page by the \`Link\` header.`;

const TAGS: Record<string, string> = {
  account: 'Your own account and sessions',
  auth: 'Registration, login and the tokens',
  stores: 'Each belongs to the user who made it',
  items: 'What stores sell',
  tags: 'Labels of a store, linked to its items',
  users: 'Accounts, for admins',
  health: 'For load balancers and orchestrators',
  development: 'Without a token, from this machine only; absent in production',
};

/** Serves Swagger UI under /docs and the document under /openapi.json, made at the first request for either. */
export function useApiDocs(app: NestFastifyApplication): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= createDocument(app)), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Emporium API',
    swaggerOptions: { persistAuthorization: true },
  });
}

/** The OpenAPI document, made from controllers and DTOs. Complete only in the compiled program: see nest-cli.json. */
export function createDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Emporium')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer(app.get(Environment).publicUrl ?? '/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'access_token')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'refresh_token');
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });

  for (const schema of Object.values(document.components?.schemas ?? {}))
    renameMembers(schema as SchemaObject);
  const used = new Set<string>();
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path as Record<string, OperationObject>)) {
      operation.tags?.forEach((tag) => used.add(tag));
      completeOperation(operation, method);
      const body = operation.requestBody as
        { content: Record<string, { schema: { $ref: string } }> } | undefined;
      const name = body?.content['application/json']?.schema.$ref.split('/').at(-1) ?? '';
      if (body) closeSchema(document.components?.schemas?.[name] as SchemaObject);
    }
  }
  document.tags = [...used].sort().map((name) => ({ name, description: TAGS[name] ?? '' }));
  return document;
}

/** Members get the names that they have on the wire, and ids the type that TypeScript has no word for. */
function renameMembers(schema: SchemaObject): void {
  const { properties, required } = schema;
  for (const [name, member] of Object.entries(properties ?? {})) {
    if (/^(id|.*Id)$/.test(name) && 'type' in member && member.type === 'number') {
      Object.assign(member, { type: 'integer', format: 'int64' });
    }
  }
  if (properties) {
    schema.properties = Object.fromEntries(
      Object.entries(properties).map(([name, member]) => [toSnakeCase(name), member]),
    );
  }
  if (required) schema.required = required.map(toSnakeCase);
}

/** What a body may have, and no more; a change must have something. */
function closeSchema(schema: SchemaObject): void {
  schema.additionalProperties = false;
  if (!schema.required?.length) schema.minProperties = 1;
}

/** Adds what holds for every operation of a kind and no controller needs to repeat. */
function completeOperation(operation: OperationObject, method: string): void {
  const parameters = (operation.parameters ?? []) as ParameterObject[];
  for (const parameter of parameters) {
    if (parameter.in === 'path') {
      const isNumber = (parameter.schema as { type?: string } | undefined)?.type === 'number';
      parameter.schema = isNumber
        ? { type: 'integer', format: 'int64', minimum: 1, example: 1 }
        : { type: 'string', format: 'uuid', example: '2f1c7b0e-6a57-4a0c-9d0e-0c9d1c3f5a7b' };
      parameter.description ??= isNumber ? 'the id in plain digits' : 'the id, a UUID';
    } else {
      parameter.name = toSnakeCase(parameter.name);
    }
  }

  const inputProblems = [INVALID_INPUT, NOT_SUPPORTED];
  addProblems(operation, 400, inputProblems);
  if (method !== 'get') {
    addProblems(operation, 413, [TOO_LARGE]);
    addProblems(operation, 415, [UNSUPPORTED_MEDIA_TYPE]);
  }
  addProblems(operation, 503, [UNAVAILABLE]);

  for (const [status, response] of Object.entries(operation.responses) as [string, ResponseObject][]) {
    response.description ||= STATUS_CODES[status] ?? '';
    response.headers = { ...response.headers, 'X-Request-Id': header('the id of the request, for support') };
    if (status === '201') response.headers.Location = header('the address of what was made');
    if (status === '401')
      response.headers['WWW-Authenticate'] = header(
        '`Bearer`, with `error="invalid_token"` where a token was sent',
      );
    if (status === '429' || status === '503') response.headers['Retry-After'] = header('seconds to wait');
  }
}

function header(description: string) {
  return { description, schema: { type: 'string' } } as const;
}

/** Adds to the documented problems of one status, whatever the operation says of it already. */
function addProblems(operation: OperationObject, status: number, types: ProblemType[]): void {
  const added = problemResponse(status, types) as ResponseObject;
  const before = operation.responses[status] as ResponseObject | undefined;
  const media = before?.content?.['application/problem+json'];
  if (!before || !media) {
    operation.responses[status] = added;
    return;
  }
  media.examples = { ...media.examples, ...added.content?.['application/problem+json']?.examples };
  const missing = types.filter((type) => !before.description.includes(`\`${type.code}\``));
  before.description = [
    before.description,
    ...missing.map((type) => `\`${type.code}\`: ${type.detail}`),
  ].join('\n\n');
}

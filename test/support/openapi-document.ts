/** The parts of the OpenAPI document that requests are made from, and answers are judged by. */
export interface Schema {
  $ref?: string;
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  format?: string;
  enum?: string[];
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minProperties?: number;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: Schema;
}

export interface DocumentedResponse {
  /** by media type; empty for an empty body */
  schemas: ReadonlyMap<string, Schema>;
  /** of the problems with this status */
  codes: readonly string[];
  headers: readonly string[];
}

export interface Operation {
  /** `GET /items/{id}` */
  name: string;
  method: string;
  path: string;
  parameters: readonly Parameter[];
  /** of the body; undefined if it takes none */
  body: Schema | undefined;
  needsToken: boolean;
  responses: ReadonlyMap<number, DocumentedResponse>;
}

interface Media {
  schema: Schema;
  examples?: Record<string, unknown>;
}

interface RawOperation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  security: Record<string, unknown>[];
  responses: Record<string, { headers?: object; content?: Record<string, Media> }>;
}

export interface OpenApi {
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema> };
}

export function operationsOf({ paths, components }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([key, { parameters = [], requestBody, security, responses }]) => {
      const method = key.toUpperCase();
      const reference = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
      return {
        name: `${method} ${path}`,
        method,
        path,
        parameters,
        body: reference === undefined ? undefined : components.schemas[reference],
        // With an empty requirement among them, the token is optional.
        needsToken:
          security.length > 0 && security.every((requirement) => Object.keys(requirement).length > 0),
        responses: new Map(
          Object.entries(responses).map(([status, response]) => [Number(status), toResponse(response)]),
        ),
      };
    }),
  );
}

function toResponse({ headers = {}, content = {} }: RawOperation['responses'][string]): DocumentedResponse {
  const [media] = Object.values(content);
  return {
    schemas: new Map(Object.entries(content).map(([mediaType, { schema }]) => [mediaType, schema])),
    codes: Object.keys(media?.examples ?? {}),
    headers: Object.keys(headers),
  };
}

/** `item` for `/items/{id}` and for `{item_id}`: what the ids in a path are of, by the names of its parameters. */
export function resourcesOf(path: string): Map<string, string> {
  const segments = path.split('/');
  return new Map(
    segments.flatMap((segment, index) => {
      const [, name] = /^\{(\w+)\}$/.exec(segment) ?? [];
      const resource = (segments[index - 1] ?? '').replace(/s$/, '');
      return name === undefined ? [] : [[name, resource] as const];
    }),
  );
}

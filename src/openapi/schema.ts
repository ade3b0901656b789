import { NEEDS_MORE } from '../common/input/rules';
import { toSnakeCase } from '../database/naming';
import { type SchemaObject, type Schemas } from './types';

/**
 * Renames members to their names in JSON, and makes ids integers, which TypeScript does not distinguish from other
 * numbers.
 */
export function renameMembers(schema: SchemaObject): void {
  const { properties, required } = schema;
  for (const [name, member] of Object.entries(properties ?? {})) {
    if (/^(id|.*Id)$/.test(name) && 'type' in member && member.type === 'number') {
      Object.assign(member, {
        type: 'integer',
        format: 'int64',
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
      });
    }
  }
  if (properties) {
    schema.properties = Object.fromEntries(
      Object.entries(properties).map(([name, member]) => [toSnakeCase(name), member]),
    );
  }
  if (required) schema.required = required.map(toSnakeCase);
}

/**
 * Completes the schema of a body, and of the objects in it: other members are refused, and some bodies need more than the
 * required members.
 */
export function closeSchema(schema: SchemaObject & { [NEEDS_MORE]?: boolean }, schemas: Schemas): void {
  schema.additionalProperties = false;
  // A member with a default is not optional in TypeScript, but a client may leave it out.
  const required = (schema.required ?? []).filter((name) => !hasDefault(schema.properties?.[name]));
  if (required.length > 0) schema.required = required;
  else Reflect.deleteProperty(schema, 'required');
  if (schema[NEEDS_MORE]) schema.minProperties = (schema.required?.length ?? 0) + 1;
  Reflect.deleteProperty(schema, NEEDS_MORE);
  for (const member of Object.values(schema.properties ?? {})) {
    const nested = schemas[referenceIn(member)?.split('/').at(-1) ?? ''];
    if (nested) closeSchema(nested, schemas);
  }
}

function hasDefault(member: SchemaObject | { $ref: string } | undefined): boolean {
  return member !== undefined && 'default' in member;
}

/** The schema that a member refers to. Nest wraps a reference that has a description or an example. */
function referenceIn(member: SchemaObject | { $ref: string }): string | undefined {
  if ('$ref' in member) return member.$ref;
  const [wrapped] = member.allOf ?? [];
  return wrapped && '$ref' in wrapped ? wrapped.$ref : undefined;
}

/**
 * An example of a body, from the examples of its members. A member without an example is optional, and is left out,
 * because its effect would be a surprise in a first try.
 */
export function exampleOf({ properties }: SchemaObject): Record<string, unknown> {
  const members = Object.entries(properties ?? {}).flatMap(([name, member]) =>
    'example' in member ? [[name, member.example] as const] : [],
  );
  return Object.fromEntries(members);
}

import { toSnakeCase } from '../database/naming';
import { type SchemaObject } from './types';

/** Gives members the names that they have in JSON, and ids the integer type that TypeScript does not have. */
export function renameMembers(schema: SchemaObject): void {
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

/** Closes the schema of a body: no other members are accepted, and a change has at least one. */
export function closeSchema(schema: SchemaObject): void {
  schema.additionalProperties = false;
  if (!schema.required?.length) schema.minProperties = 1;
}

/**
 * An example of a body, from its members that have one. A member without an example is optional and left out: what it
 * does would surprise in a first try.
 */
export function exampleOf({ properties }: SchemaObject): Record<string, unknown> {
  const members = Object.entries(properties ?? {}).flatMap(([name, member]) =>
    'example' in member ? [[name, member.example] as const] : [],
  );
  return Object.fromEntries(members);
}

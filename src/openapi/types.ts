import { type OpenAPIObject } from '@nestjs/swagger';

/** Types of the parts of an OpenAPI document. @nestjs/swagger does not export them. */
export type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;
export type ParameterObject = Extract<
  NonNullable<OperationObject['parameters']>[number],
  { in: string; name: string }
>;
export type ResponseObject = Extract<
  NonNullable<OperationObject['responses'][string]>,
  { description: string }
>;
export type SchemaObject = Exclude<
  NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string],
  { $ref: string }
>;

/** The schemas of a document by their names. */
export type Schemas = Readonly<Record<string, SchemaObject>>;

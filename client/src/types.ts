import { type List } from './list';
import { type OPERATIONS } from './operations';
import { type operations } from './schema';

type Simplify<T> = { [Name in keyof T]: T[Name] };

/** Ids of operations, such as `items.list`. */
export type OperationId = keyof typeof OPERATIONS & keyof operations;

/** A member of an operation; the generator writes `never` where there is none. */
type Part<T, Name extends PropertyKey> = Name extends keyof T
  ? [Exclude<T[Name], undefined>] extends [never]
    ? unknown
    : Exclude<T[Name], undefined>
  : unknown;

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
type HeaderNames<Id extends OperationId> = keyof Part<Parameters<Id>, 'header'>;

type BodyOf<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? { body: Body }
  : unknown;

/** What stands for a version of a resource: an object that this client has read or written, or an `ETag`. */
export type Version = object | string;

/** What any call can have. */
export interface CallOptions {
  signal?: AbortSignal;
}

/** Parameters of the path and of the query, the body, and options, in one object. */
export type Arguments<Id extends OperationId> = Simplify<
  Part<Parameters<Id>, 'path'> &
    Part<Parameters<Id>, 'query'> &
    BodyOf<Id> &
    CallOptions &
    ('If-Match' extends HeaderNames<Id> ? { ifMatch?: Version } : unknown) &
    ('Idempotency-Key' extends HeaderNames<Id> ? { idempotencyKey?: string } : unknown)
>;

type Responses<Id extends OperationId> = operations[Id]['responses'];
type ContentOf<Response> = Response extends { content: { 'application/json': infer Content } }
  ? Content
  : undefined;

/** What an operation returns: the rows of a list, a resource, or nothing. */
export type Result<Id extends OperationId> = ContentOf<
  Responses<Id>[Extract<keyof Responses<Id>, 200 | 201 | 202 | 204>]
>;

type Returned<Id extends OperationId> = (typeof OPERATIONS)[Id] extends { paged: true }
  ? Result<Id> extends readonly (infer Row)[]
    ? List<Row>
    : never
  : Promise<Result<Id>>;

/** An operation as a function. Its argument can be left out if it has no required member. */
export type Call<Id extends OperationId> =
  object extends Arguments<Id>
    ? (args?: Arguments<Id>) => Returned<Id>
    : (args: Arguments<Id>) => Returned<Id>;

type Feature = OperationId extends infer Id ? (Id extends `${infer Name}.${string}` ? Name : never) : never;

/** All operations by the two parts of their ids: `api.items.list()`. */
export type Operations = {
  readonly [Name in Feature]: {
    readonly [Id in OperationId as Id extends `${Name}.${infer Act}` ? Act : never]: Call<Id>;
  };
};

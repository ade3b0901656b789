import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { type FastifyRequest } from 'fastify';
import { toSnakeCase } from '../../database/naming';
import { conditionalRuleOf, type ConditionalRule } from '../conditional';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_RULE, takesIdempotencyKey } from '../idempotency-key';
import { parseIfMatch, Precondition } from '../http/precondition';
import { readReadAfter } from '../http/read-after';
import { type InputFault, invalidInput } from '../problems/problem';
import { Environment } from '../../config/environment';
import { ID_RULE, parseId } from './id';
import { isObject, neededMembers, nestedType } from './rules';
import { UUID } from './uuid';

/** A DTO, with its properties by the names in JSON and queries. */
interface InputShape {
  type: Type<object>;
  propertyOf: ReadonlyMap<string, string>;
  /** of the properties that are objects */
  nested: ReadonlyMap<string, InputShape>;
}

/** The input of a handler, read once from the decorators and types of its parameters. */
interface InputPlan {
  ids: readonly string[];
  uuids: readonly string[];
  query: InputShape | undefined;
  body: InputShape | undefined;
  /** whether it takes `If-Match` */
  conditional: ConditionalRule | undefined;
  /** whether it takes `Idempotency-Key` */
  idempotent: boolean;
}

/** Nest's kinds of handler arguments. */
const { PARAM, QUERY, BODY }: Readonly<Record<'PARAM' | 'QUERY' | 'BODY', number>> = RouteParamtypes;

/**
 * Checks path, query and body of a request against the declarations of its handler, and replaces them by the checked
 * values. It is a guard, because a pipe sees only one parameter: this reports all faults of a request together, also
 * unknown query parameters.
 */
@Injectable()
export class InputGuard implements CanActivate {
  private readonly plans = new WeakMap<object, InputPlan>();

  constructor(private readonly environment: Environment) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const plan = this.planOf(context);
    const faults: InputFault[] = [];

    const params = request.params as Record<string, unknown>;
    for (const name of plan.ids) {
      const id = parseId(params[name]);
      if (id === undefined) faults.push({ parameter: name, message: ID_RULE });
      else params[name] = id;
    }
    for (const name of plan.uuids) {
      if (!UUID.test(String(params[name]))) faults.push({ parameter: name, message: 'must be a UUID' });
    }
    request.query = readQuery(request.query as Record<string, unknown>, plan.query, faults);
    if (plan.body) request.body = readBody(request.body, plan.body, faults);
    if (plan.idempotent) readIdempotencyKey(request, faults);
    if (plan.conditional) this.readPrecondition(request, plan.conditional, faults);
    readReadAfter(request, faults);

    if (faults.length > 0) throw invalidInput(...faults);
    return true;
  }

  private readPrecondition(
    request: FastifyRequest & { precondition?: Precondition },
    rule: ConditionalRule,
    faults: InputFault[],
  ): void {
    const header = request.headers['if-match'];
    const etags = header === undefined ? undefined : parseIfMatch(header);
    if (header !== undefined && etags === undefined) {
      faults.push({ parameter: 'If-Match', message: 'must be *, or entity tags in double quotes' });
    }
    request.precondition = new Precondition(etags, rule === 'requirable' && this.environment.requireIfMatch);
  }

  private planOf(context: ExecutionContext): InputPlan {
    const handler = context.getHandler();
    let plan = this.plans.get(handler);
    if (!plan) {
      plan = {
        ...readPlan(context.getClass(), handler.name),
        conditional: conditionalRuleOf(handler),
        idempotent: takesIdempotencyKey(handler),
      };
      this.plans.set(handler, plan);
    }
    return plan;
  }
}

function readPlan(controller: Type, method: string): Omit<InputPlan, 'conditional' | 'idempotent'> {
  const args = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) as
    Record<string, { index: number; data?: unknown }> | undefined;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, method) ??
    []) as Type<object>[];
  const plan = {
    ids: [] as string[],
    uuids: [] as string[],
    query: undefined as InputShape | undefined,
    body: undefined as InputShape | undefined,
  };
  for (const [key, { index, data }] of Object.entries(args ?? {})) {
    // The keys of custom decorators have another form, and are not read here.
    const [, kindText] = /^(\d+):\d+$/.exec(key) ?? [];
    const kind = Number(kindText);
    const type = types[index];
    if (kind === PARAM && (type as unknown) === Number) plan.ids.push(String(data));
    if (kind === PARAM && (type as unknown) === String) plan.uuids.push(String(data));
    if (kind === QUERY && type) plan.query = shapeOf(type);
    if (kind === BODY && type) plan.body = shapeOf(type);
  }
  return plan;
}

function shapeOf(type: Type<object>): InputShape {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const properties = [...new Set(rules.map((rule) => rule.propertyName))];
  const nested = properties.flatMap((property) => {
    const nestedIn = nestedType(type, property);
    return nestedIn ? [[property, shapeOf(nestedIn)] as const] : [];
  });
  return {
    type,
    propertyOf: new Map(properties.map((property) => [toSnakeCase(property), property])),
    nested: new Map(nested),
  };
}

function readIdempotencyKey(
  request: FastifyRequest & { idempotencyKey?: string },
  faults: InputFault[],
): void {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return;
  if (typeof key === 'string' && IDEMPOTENCY_KEY.test(key)) request.idempotencyKey = key;
  else faults.push({ parameter: 'Idempotency-Key', message: IDEMPOTENCY_KEY_RULE });
}

function readQuery(
  query: Record<string, unknown>,
  shape: InputShape | undefined,
  faults: InputFault[],
): object {
  const at = (name: string, message: string) => ({ parameter: name, message });
  if (!shape) {
    faults.push(...Object.keys(query).map((name) => at(name, 'unknown parameter; this route has none')));
    return query;
  }
  return readMembers(query, shape, faults, at, 'parameter');
}

/** @param pointer where the object stands in the body */
function readBody(body: unknown, shape: InputShape, faults: InputFault[], pointer = ''): unknown {
  if (!isObject(body)) {
    faults.push({ pointer, message: body === undefined ? 'is required' : 'must be an object' });
    return body;
  }
  const needed = neededMembers(shape.type)?.map(toSnakeCase);
  // With an unknown member this fault is not reported, because the unknown member is probably a misspelled one.
  const isAllKnown = Object.keys(body).every((name) => shape.propertyOf.has(name));
  if (needed && isAllKnown && !needed.some((name) => Object.hasOwn(body, name))) {
    faults.push({ pointer, message: `must have at least one of ${needed.join(', ')}` });
  }
  const at = (name: string, message: string) => ({ pointer: pointer + pointerTo(name), message });
  const dto = readMembers(body, shape, faults, at) as Record<string, unknown>;
  for (const [property, nested] of shape.nested) {
    const value = dto[property];
    if (isObject(value))
      dto[property] = readBody(value, nested, faults, at(toSnakeCase(property), '').pointer);
  }
  return dto;
}

function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function readMembers(
  members: Record<string, unknown>,
  { type, propertyOf }: InputShape,
  faults: InputFault[],
  at: (name: string, message: string) => InputFault,
  kind: 'member' | 'parameter' = 'member',
): object {
  const plain: Record<string, unknown> = {};
  const nested: Record<string, unknown> = {};
  for (const name of Object.keys(members)) {
    const property = propertyOf.get(name);
    if (property === undefined)
      faults.push(at(name, `unknown ${kind}; known are ${[...propertyOf.keys()].join(', ')}`));
    else (isNested(members[name]) ? nested : plain)[property] = members[name];
  }
  // class-transformer would read nested values that are not checked yet, and fail for a member named `constructor`.
  const dto = Object.assign(plainToInstance(type, plain), nested);
  for (const error of validateSync(dto)) faults.push(...faultsOf(error, at));
  return dto;
}

/** Whether a value is an object or a list, except lists of texts, which repeated parameters have. */
function isNested(value: unknown): boolean {
  if (Array.isArray(value)) return !value.every((element) => typeof element === 'string');
  return typeof value === 'object' && value !== null;
}

function faultsOf(error: ValidationError, at: (name: string, message: string) => InputFault): InputFault[] {
  const lines = Object.values(error.constraints ?? {}).flatMap((message) => message.split('\n'));
  return lines.map((line) => {
    const fault = at(toSnakeCase(error.property), line);
    const [, element = '', message = ''] = /^(\/\d+) (.*)$/.exec(line) ?? [];
    return element !== '' && 'pointer' in fault ? { pointer: fault.pointer + element, message } : fault;
  });
}

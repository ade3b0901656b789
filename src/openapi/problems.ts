import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_JSON, problemResponse } from '../common/problems/api-problems.decorator';
import {
  HEADERS_TOO_LARGE,
  type InputFault,
  INTERNAL_ERROR,
  INVALID_INPUT,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  type ProblemType,
  RANGE_NOT_SATISFIABLE,
  REQUEST_TIMEOUT,
  URI_TOO_LONG,
} from '../common/problems/problem';
import { ProblemDto } from '../common/problems/problem.dto';
import { ID_RULE } from '../common/input/id';
import {
  type OperationObject,
  type ParameterObject,
  type ResponseObject,
  type SchemaObject,
  type Schemas,
} from './types';

interface ProblemExample {
  value: { code: string; detail: string; errors?: InputFault[] };
}

/** Adds problems of one status to those that the operation already has. */
export function addProblems(operation: OperationObject, status: number, types: ProblemType[]): void {
  const added = problemResponse(status, types) as ResponseObject;
  const response = (operation.responses[status] ??= added) as ResponseObject;
  const examples = examplesOf(response);
  for (const [code, example] of Object.entries(examplesOf(added) ?? {})) {
    if (examples) examples[code] ??= example;
  }
}

/** Describes each problem of a response once, in the order of the examples, and lists their codes in its schema. */
export function describeProblems(response: ResponseObject): void {
  const media = response.content?.[PROBLEM_JSON];
  const problems = Object.values(examplesOf(response) ?? {}).map(({ value }) => value);
  if (!media || problems.length === 0) return;
  response.description = problems.map(({ code, detail }) => `\`${code}\`: ${detail}`).join('\n\n');
  const codes = problems.map(({ code }) => code);
  media.schema = {
    allOf: [
      { $ref: getSchemaPath(ProblemDto) },
      { type: 'object', required: ['code'], properties: { code: { type: 'string', enum: codes } } },
    ],
  };
}

/** Problems that any address can answer, so that no operation names them. */
const GENERAL_PROBLEMS: readonly ProblemType[] = [
  NOT_FOUND,
  METHOD_NOT_ALLOWED,
  REQUEST_TIMEOUT,
  URI_TOO_LONG,
  RANGE_NOT_SATISFIABLE,
  HEADERS_TOO_LARGE,
  INTERNAL_ERROR,
];

/** Lists all codes in the schema of problems. */
export function listCodes(schemas: Schemas, { paths }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap((path) =>
    Object.values(path as Record<string, OperationObject>),
  );
  const responses = operations.flatMap((operation) => Object.values(operation.responses) as ResponseObject[]);
  const codes = responses.flatMap((response) => Object.keys(examplesOf(response) ?? {}));
  const all = new Set([...codes, ...GENERAL_PROBLEMS.map(({ code }) => code)]);
  Object.assign(schemas[ProblemDto.name]?.properties?.code ?? {}, { enum: [...all].sort() });
}

/** Adds an error that this operation can return to its example of `invalid_input`. */
export function showInputFault(operation: OperationObject, body: SchemaObject | undefined): void {
  const example = examplesOf(operation.responses[INVALID_INPUT.status] as ResponseObject)?.[
    INVALID_INPUT.code
  ];
  const parameters = (operation.parameters ?? []) as ParameterObject[];
  if (example) example.value = { ...example.value, errors: [typicalFault(parameters, body)] };
}

function typicalFault(parameters: ParameterObject[], body: SchemaObject | undefined): InputFault {
  const [member] = body?.required ?? [];
  if (member !== undefined) return { pointer: `/${member}`, message: 'is required' };
  if (body)
    return {
      pointer: '',
      message: `must have at least one of ${Object.keys(body.properties ?? {}).join(', ')}`,
    };
  if (parameters.some(({ name }) => name === 'limit')) {
    return { parameter: 'limit', message: 'must be a whole number from 1 to 100' };
  }
  const [first] = parameters;
  if (!first) return { parameter: 'verbose', message: 'unknown parameter; this route has none' };
  const isId = (first.schema as SchemaObject).type === 'integer';
  return { parameter: first.name, message: isId ? ID_RULE : 'must be a UUID' };
}

function examplesOf(response: ResponseObject): Record<string, ProblemExample> | undefined {
  return response.content?.[PROBLEM_JSON]?.examples as Record<string, ProblemExample> | undefined;
}

import { PROBLEM_JSON, problemResponse } from '../common/problems/api-problems.decorator';
import { type InputFault, INVALID_INPUT, type ProblemType } from '../common/problems/problem';
import { ID_RULE } from '../common/input/id';
import { type OperationObject, type ParameterObject, type ResponseObject, type SchemaObject } from './types';

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

/** Describes each problem of a response once, in the order of the examples. */
export function describeProblems(response: ResponseObject): void {
  const examples = examplesOf(response);
  if (!examples) return;
  response.description = Object.values(examples)
    .map(({ value }) => `\`${value.code}\`: ${value.detail}`)
    .join('\n\n');
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

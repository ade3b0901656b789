import { violatedConstraint } from '../../database/errors';
import { Problem, type ProblemType } from './problem';

/**
 * The problem that a refusal of the schema means, by the constraint's name; any other error stays as it is.
 * For `catch (error) { throw onConstraint(error, { … }) }`.
 */
export function onConstraint(error: unknown, problems: Readonly<Record<string, ProblemType>>): unknown {
  const constraint = violatedConstraint(error);
  const type = constraint === undefined ? undefined : problems[constraint];
  return type ? new Problem(type, { cause: error }) : error;
}

import { violatedConstraint } from '../../database/errors';
import { Problem, type ProblemType } from './problem';

/**
 * Returns the problem of a violated constraint, by its name; any other error is returned unchanged. For `catch (error)
 * { throw onConstraint(error, { … }) }`.
 */
export function onConstraint(error: unknown, problems: Readonly<Record<string, ProblemType>>): unknown {
  const constraint = violatedConstraint(error);
  const type = constraint === undefined ? undefined : problems[constraint];
  return type ? new Problem(type, { cause: error }) : error;
}

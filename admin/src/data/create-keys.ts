import { PanelError } from '../panel-error';

/**
 * One `Idempotency-Key` for all attempts to create the same thing, until there is an answer: if the answer of the first
 * attempt was lost, the second creates nothing, and gets that answer.
 */
const keys = new Map<string, string>();

export async function createOnce<Result>(
  resource: string,
  values: object,
  create: (idempotencyKey: string) => Promise<Result>,
): Promise<Result> {
  const attempt = `${resource} ${JSON.stringify(values)}`;
  const key = keys.get(attempt) ?? newKey();
  keys.set(attempt, key);
  try {
    const result = await create(key);
    keys.delete(attempt);
    return result;
  } catch (error) {
    if (error instanceof PanelError && error.status > 0) keys.delete(attempt);
    throw error;
  }
}

/** `crypto.randomUUID` exists only on pages with TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}

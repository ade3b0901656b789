import { DocumentedAnswers } from '../support/documented-answers';
import { type OpenApi } from '../support/openapi-document';
import { type Draft, Spelled } from './draft';
import { type Received } from './exchange';
import { type Expected } from './plan';
import { normalized } from './texts';
import { type Write } from './world';

interface Problem {
  detail: string;
  code: string;
  request_id: string;
  errors?: { pointer?: string; parameter?: string; message: string }[];
}

/** Decides whether an answer is the one that the contract and the document want. */
export class Judge {
  private readonly documented: DocumentedAnswers;

  constructor(document: OpenApi) {
    this.documented = new DocumentedAnswers(document);
  }

  /** What is wrong with an answer, if anything. */
  faultOf(
    { operation, method }: Pick<Draft, 'operation' | 'method'>,
    expected: Expected,
    received: Received,
  ): string | undefined {
    const { status, headers, text } = received;
    if (status !== expected.status) return `${status} instead of ${expected.status} (${expected.kind})`;
    if (typeof headers['x-request-id'] !== 'string') return 'no X-Request-Id';
    if (status === 401 && !/^Bearer(?: error="invalid_token")?$/.test(String(headers['www-authenticate']))) {
      return 'a wrong WWW-Authenticate';
    }
    const answer = { status, text, header: (name: string) => headers[name.toLowerCase()]?.toString() };
    const fault = expected.isDocumented ? this.documented.faultOf(operation, method, answer) : undefined;
    if (fault !== undefined) return fault;
    if (method === 'HEAD' || status === 204 || status === 304)
      return text === '' ? undefined : 'a body where none belongs';
    if (status < 400) return expected.isDocumented ? undefined : `${status} where a refusal belongs`;
    return this.documented.faultOfProblem(answer) ?? faultOfProblem(expected, received);
  }
}

function faultOfProblem(expected: Expected, { headers, text }: Received): string | undefined {
  const problem = JSON.parse(text) as Problem;
  if (problem.request_id !== headers['x-request-id']) return 'another request_id than X-Request-Id';
  if (problem.detail === '') return 'no detail';
  if (problem.code !== expected.code)
    return `the code ${problem.code} instead of ${expected.code ?? 'none'} (${expected.kind})`;
  const places = problem.errors?.map(({ pointer, parameter }) => pointer ?? `?${parameter ?? ''}`);
  const [found, wanted] = [places, expected.places].map((list) => JSON.stringify([...new Set(list)].sort()));
  return found === wanted ? undefined : `errors at ${found ?? ''} instead of ${wanted ?? ''}`;
}

/** What was stored in another form than it was sent, or undefined. */
export function faultOfEcho({ members }: Draft, text: string): string | undefined {
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  for (const [name, sent] of members ?? []) {
    if (!(name in body) || name === 'tags') continue;
    const value = sent instanceof Spelled ? Number(sent.text) : sent;
    const wanted = typeof value === 'string' ? normalized(value) : value === 0 ? 0 : value;
    // The domain of an address is stored in its ASCII form.
    const isComparable = name !== 'email' || /^[\0-\x7f]*$/.test(String(value));
    if (isComparable && body[name] !== wanted)
      return `${name} is ${JSON.stringify(body[name])} instead of ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

/** What a request left behind that must not, or undefined. */
export function faultOfWrites(
  writes: readonly Write[],
  { status, code }: Pick<Expected, 'status' | 'code'>,
  method: string,
  isKeptResponse: boolean,
): string | undefined {
  if (status < 300 && method !== 'GET' && method !== 'HEAD') return undefined;
  const isAllowed = ({ table }: Write) =>
    (table === 'idempotency_keys' && isKeptResponse) ||
    // Its session ends, because somebody else may have the token.
    (table === 'sessions' && code === 'token_reused');
  const wrong = writes.find((write) => !isAllowed(write));
  return (
    wrong && `it left something behind: ${wrong.action} in ${wrong.table} of ${JSON.stringify(wrong.row)}`
  );
}

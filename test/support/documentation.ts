import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DocumentedAnswers, type ReceivedAnswer } from './documented-answers';
import { type OpenApi, type Operation, operationsOf } from './openapi-document';

/** Problems that every address can answer with, so that no operation names them. */
const GENERAL = new Set([
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'uri_too_long',
  'headers_too_large',
  'internal_error',
]);

interface Documentation {
  routes: readonly (readonly [pattern: RegExp, operation: Operation])[];
  answers: DocumentedAnswers;
}

let documentation: Documentation | undefined;

/** The committed document; the gate checks that it is the one of the program. */
function readDocumentation(): Documentation {
  const file = path.join(__dirname, '..', '..', 'client', 'openapi.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApi;
  const routes = operationsOf(document).map(
    (operation) => [new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`), operation] as const,
  );
  return { routes, answers: new DocumentedAnswers(document) };
}

/**
 * Compares an answer of the API with the OpenAPI document. Answers of other servers, of addresses that the document does
 * not have, and general problems are not compared.
 *
 * @param url with the query
 * @throws Error the document does not say this
 */
export function expectDocumented(method: string, url: string, answer: ReceivedAnswer): void {
  if (typeof answer.header('x-request-id') !== 'string') return;
  documentation ??= readDocumentation();
  const [address = ''] = url.split('?');
  const operation = documentation.routes.find(
    ([pattern, each]) => pattern.test(address) && each.method === (method === 'HEAD' ? 'GET' : method),
  )?.[1];
  const code = /"code":"(\w+)"/.exec(answer.status < 400 ? '' : answer.text)?.[1];
  if (!operation || (code !== undefined && GENERAL.has(code))) return;
  const fault = documentation.answers.faultOf(operation, method, answer);
  if (fault !== undefined) {
    throw new Error(
      `The document of ${operation.name} does not say this: ${fault}. ${answer.status} ${answer.text}`,
    );
  }
}

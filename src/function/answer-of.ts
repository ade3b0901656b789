import { STATUS_CODES } from 'node:http';
import { type HttpEvent, isHttpApiEvent, isLoadBalancerEvent } from './events';

/** An HTTP response, as the application has sent it. */
export interface ApplicationResponse {
  readonly status: number;
  /** names and values alternately, as in Node */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** What a function returns. */
export interface FunctionAnswer {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** These belong to the connection to the gateway's client, which the gateway itself manages. */
const DROPPED = new Set(['connection', 'keep-alive', 'transfer-encoding']);

const TEXT = /^text\/|[/+](?:json|x-ndjson|javascript|xml|yaml)\s*(?:;|$)/i;

/** Brings a response into the form that the sender of the event expects. */
export function answerOf(event: HttpEvent, { status, headers, body }: ApplicationResponse): FunctionAnswer {
  const all = collect(headers);
  const isText = !all.has('content-encoding') && TEXT.test(all.get('content-type')?.[0] ?? '');
  const isBase64Encoded = body.length > 0 && !isText;
  return {
    statusCode: status,
    ...(isLoadBalancerEvent(event) && { statusDescription: `${status} ${STATUS_CODES[status] ?? ''}` }),
    ...(takesLists(event)
      ? { multiValueHeaders: Object.fromEntries(all) }
      : { headers: Object.fromEntries([...all].map(([name, values]) => [name, values.join(', ')])) }),
    body: body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

/** The format 2.0 has no lists. A load balancer takes them if it sends them. */
function takesLists(event: HttpEvent): boolean {
  if (isHttpApiEvent(event)) return false;
  return !isLoadBalancerEvent(event) || event.multiValueHeaders !== undefined;
}

function collect(headers: readonly string[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase() ?? '';
    if (!DROPPED.has(name)) all.set(name, [...(all.get(name) ?? []), headers[index + 1] ?? '']);
  }
  return all;
}

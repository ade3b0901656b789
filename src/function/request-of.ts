import {
  type HttpApiEvent,
  type HttpEvent,
  isHttpApiEvent,
  isLoadBalancerEvent,
  type LoadBalancerEvent,
  type RestApiEvent,
} from './events';

/** An HTTP request, as a gateway has received it. */
export interface GatewayRequest {
  readonly method: string;
  /** path and query */
  readonly target: string;
  /** names and values alternately, as in Node */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** the address of whoever has called the gateway */
  readonly peer: string;
  readonly encrypted: boolean;
}

/** These belong to the client's connection to the gateway (RFC 9110, section 7.6.1), or are written anew. */
const DROPPED = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
]);

/** Who calls a load balancer that does not tell the address. */
const UNKNOWN_ADDRESS = '0.0.0.0';

/** The host names that API Gateway itself gives to an API. With them the path begins with the stage. */
const GATEWAY_HOST = '.execute-api.';

const NOT_IN_PATHS = /[^!-~]|[?#]/gu;
const NOT_IN_QUERIES = /[^!-~]|#/gu;

/** @param publicPath the path of PUBLIC_URL, which the gateway may pass on */
export function requestOf(event: HttpEvent, publicPath: string): GatewayRequest {
  const { method, path, query, headers, sourceIp } = partsOf(event);
  const forwarded = addressesIn(valuesOf(headers, 'x-forwarded-for'));
  const peer = sourceIp ?? forwarded.at(-1) ?? UNKNOWN_ADDRESS;
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  return {
    method,
    target:
      escaped(withoutPrefix(path, prefixesOf(event, publicPath)), NOT_IN_PATHS) +
      (query && `?${escaped(query, NOT_IN_QUERIES)}`),
    headers: [
      ...headers
        .filter(([name]) => !DROPPED.has(name.toLowerCase()))
        .flatMap(([name, value]) => [name, toLatin1(value)]),
      ...forwardedFor(forwarded, peer),
      // Without it, Node would send a request without a body in chunks.
      'content-length',
      String(body.length),
    ],
    body,
    peer,
    encrypted: valuesOf(headers, 'x-forwarded-proto').at(-1) !== 'http',
  };
}

type Header = readonly [name: string, value: string];

interface Parts {
  method: string;
  path: string;
  query: string;
  headers: Header[];
  /** Undefined if only `X-Forwarded-For` has it. */
  sourceIp: string | undefined;
}

function partsOf(event: HttpEvent): Parts {
  if (isHttpApiEvent(event)) return partsOfHttpApi(event);
  return isLoadBalancerEvent(event) ? partsOfLoadBalancer(event) : partsOfRestApi(event);
}

function partsOfHttpApi(event: HttpApiEvent): Parts {
  const { method, sourceIp } = event.requestContext.http;
  const cookies: Header[] = event.cookies ? [['cookie', event.cookies.join('; ')]] : [];
  const headers = [...Object.entries(event.headers), ...cookies];
  return { method, path: event.rawPath, query: event.rawQueryString, headers, sourceIp };
}

function partsOfRestApi(event: RestApiEvent): Parts {
  return {
    method: event.httpMethod,
    path: event.requestContext.path ?? event.path,
    query: queryOf(event.multiValueQueryStringParameters ?? {}, encodeURIComponent),
    headers: headersOf(event),
    sourceIp: event.requestContext.identity.sourceIp,
  };
}

/** A load balancer adds the address of whoever has called it to the end of `X-Forwarded-For`. */
function partsOfLoadBalancer(event: LoadBalancerEvent): Parts {
  const parameters = event.multiValueQueryStringParameters ?? lists(event.queryStringParameters);
  return {
    method: event.httpMethod,
    path: event.path,
    query: queryOf(parameters, (text) => text),
    headers: headersOf(event),
    sourceIp: undefined,
  };
}

function headersOf({ headers, multiValueHeaders }: RestApiEvent | LoadBalancerEvent): Header[] {
  const all = multiValueHeaders ?? lists(headers ?? undefined);
  return Object.entries(all).flatMap(([name, values]) => values.map((value): Header => [name, value]));
}

function lists(values: Record<string, string> = {}): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}

function queryOf(parameters: Record<string, string[]>, encode: (text: string) => string): string {
  return Object.entries(parameters)
    .flatMap(([name, values]) => values.map((value) => `${encode(name)}=${encode(value)}`))
    .join('&');
}

/** A custom domain passes the path on as clients see it, and the gateway's own host names have the stage in front. */
function prefixesOf(event: HttpEvent, publicPath: string): string[] {
  if (isLoadBalancerEvent(event)) return [publicPath];
  const { stage, domainName = '' } = event.requestContext;
  return domainName.includes(GATEWAY_HOST) ? [publicPath, `/${stage}`] : [publicPath];
}

/** Removes the first of the prefixes that the path has. */
function withoutPrefix(path: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((each) => each !== '' && (path === each || path.startsWith(`${each}/`)));
  return path.slice(prefix?.length ?? 0) || '/';
}

function valuesOf(headers: readonly Header[], wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

function addressesIn(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((address) => address.trim())
    .filter(Boolean);
}

/**
 * The addresses that were in the header before the gateway added the peer's. What is behind it comes from servers of the
 * gateway itself. TRUST_PROXY counts the proxies in front of the gateway.
 */
function forwardedFor(addresses: readonly string[], peer: string): string[] {
  const added = addresses.lastIndexOf(peer);
  const before = added === -1 ? addresses : addresses.slice(0, added);
  return before.length === 0 ? [] : ['x-forwarded-for', before.join(', ')];
}

/** Node sends each character of a header as one byte. A gateway has decoded the bytes as UTF-8. */
function toLatin1(value: string): string {
  return Buffer.from(value).toString('latin1');
}

/** Some gateways decode paths. What a request line may not contain is encoded again. */
function escaped(text: string, unwanted: RegExp): string {
  return text.toWellFormed().replace(unwanted, encodeURIComponent);
}

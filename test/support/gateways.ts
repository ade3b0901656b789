import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type FunctionAnswer } from '../../src/function/answer-of';
import {
  type HttpApiEvent,
  type HttpEvent,
  type LoadBalancerEvent,
  type RestApiEvent,
} from '../../src/function/events';
import { type Answer, type CallOptions, Client } from './client';

/** Events in the format of the manuals of AWS. */
export function eventDocument(name: string): object {
  return JSON.parse(readFileSync(path.join(__dirname, 'events', `${name}.json`), 'utf8')) as object;
}

const restApi = eventDocument('rest-api') as RestApiEvent;
const httpApi = eventDocument('http-api') as HttpApiEvent;
const loadBalancer = eventDocument('load-balancer') as LoadBalancerEvent;
const loadBalancerLists = eventDocument('load-balancer-lists') as LoadBalancerEvent;

/** A request as a client sends it to a gateway. */
export interface GatewayCall {
  method: string;
  /** path and query */
  target: string;
  headers: readonly (readonly [name: string, value: string])[];
  body?: Buffer;
  /** of the client */
  address: string;
}

/** Makes the event of a request as a gateway does, from a document in the format of its manual. */
export type Gateway = (call: GatewayCall) => HttpEvent;

const encodeBody = (body: Buffer | undefined, headers: GatewayCall['headers']) => {
  const isText = headers.some(([name, value]) => name === 'content-type' && value.includes('json'));
  return body && { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
};

function lists(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const [name, value] of pairs) (all[name] ??= []).push(value);
  return all;
}

const lastOf = (values: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.at(-1) ?? '']));

/** Names of headers have no case, and each gateway has its own. */
function replaced<Value>(
  known: Record<string, Value> | null | undefined,
  given: Record<string, Value>,
): Record<string, Value> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const kept = Object.entries(known ?? {}).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...given };
}

const split = (target: string) => {
  const [route = '', query = ''] = target.split(/\?(.*)/s);
  const raw = query.split('&').filter(Boolean);
  return { route, query, raw: raw.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]) };
};

/** Every gateway adds the address of its client to the end of what the client has sent. */
function forwarded(headers: GatewayCall['headers'], address: string): [string, string][] {
  const given = headers.filter(([name]) => name === 'x-forwarded-for').map(([, value]) => value);
  return [
    ...headers
      .filter(([name]) => name !== 'x-forwarded-for')
      .map(([name, value]): [string, string] => [name, value]),
    ['x-forwarded-for', [...given, address].join(', ')],
  ];
}

export const GATEWAYS = {
  'a REST API': ({ method, target, headers, body, address }) => {
    const { route, query } = split(target);
    const all = replaced(restApi.multiValueHeaders, lists(forwarded(headers, address)));
    const parameters = lists(new URLSearchParams(query));
    const { requestContext } = restApi;
    return {
      ...restApi,
      path: route,
      httpMethod: method,
      headers: lastOf(all),
      multiValueHeaders: all,
      queryStringParameters: lastOf(parameters),
      multiValueQueryStringParameters: query ? parameters : null,
      requestContext: {
        ...requestContext,
        path: `/${requestContext.stage}${route}`,
        httpMethod: method,
        identity: { ...requestContext.identity, sourceIp: address },
      },
      ...encodeBody(body, headers),
    };
  },
  'an HTTP API': ({ method, target, headers, body, address }) => {
    const { route, query } = split(target);
    const { requestContext } = httpApi;
    const rawPath = `/${requestContext.stage}${decodeURIComponent(route)}`;
    const all = lists(forwarded(headers, address));
    return {
      ...httpApi,
      version: '2.0',
      rawPath,
      rawQueryString: query,
      headers: replaced(
        httpApi.headers,
        Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.join(',')])),
      ),
      requestContext: {
        ...requestContext,
        http: { ...requestContext.http, method, path: rawPath, sourceIp: address },
      },
      ...encodeBody(body, headers),
    };
  },
  'a load balancer': ({ method, target, headers, body, address }) => {
    const { route, raw } = split(target);
    const given = lastOf(lists(forwarded(headers, address)));
    return {
      ...loadBalancer,
      httpMethod: method,
      path: route,
      queryStringParameters: Object.fromEntries(raw),
      headers: replaced(loadBalancer.headers, given),
      ...encodeBody(body, headers),
    };
  },
  'a load balancer with lists': ({ method, target, headers, body, address }) => {
    const { route, raw } = split(target);
    return {
      ...loadBalancerLists,
      httpMethod: method,
      path: route,
      multiValueQueryStringParameters: lists(raw),
      multiValueHeaders: replaced(loadBalancerLists.multiValueHeaders, lists(forwarded(headers, address))),
      ...encodeBody(body, headers),
    };
  },
} satisfies Record<string, Gateway>;

/** What a client of the gateway receives. */
export function received({ statusCode, headers, multiValueHeaders, body, isBase64Encoded }: FunctionAnswer): {
  status: number;
  headers: Headers;
  bytes: Buffer;
} {
  const pairs = multiValueHeaders
    ? Object.entries(multiValueHeaders).flatMap(([name, values]) =>
        values.map((value): [string, string] => [name, value]),
      )
    : Object.entries(headers ?? {});
  return {
    status: statusCode,
    headers: new Headers(pairs),
    bytes: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Calls a function by events of a gateway, as nobody or with a token. */
export class GatewayClient extends Client {
  constructor(
    private readonly gateway: Gateway,
    private readonly invoke: (event: HttpEvent) => Promise<FunctionAnswer>,
    private readonly bearer?: string,
    private readonly address = '203.0.113.7',
  ) {
    super('');
  }

  override as(token: string): GatewayClient {
    return new GatewayClient(this.gateway, this.invoke, token, this.address);
  }

  from(address: string): GatewayClient {
    return new GatewayClient(this.gateway, this.invoke, this.bearer, address);
  }

  override async call(method: string, target: string, options: CallOptions = {}): Promise<Answer> {
    const { status, headers, bytes } = received(await this.invoke(this.event(method, target, options)));
    const text = bytes.toString();
    const isJson = (headers.get('content-type') ?? '').includes('json');
    return { status, headers, text, body: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined };
  }

  event(method: string, target: string, { body, raw, headers }: CallOptions = {}): HttpEvent {
    const bytes = body === undefined ? raw : JSON.stringify(body);
    const { gateway, bearer, address } = this;
    const given = {
      ...(bytes !== undefined && { 'content-type': 'application/json' }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...headers,
    };
    const content = bytes !== undefined && { body: Buffer.from(bytes) };
    return gateway({ method, target, headers: Object.entries(given), ...content, address });
  }
}

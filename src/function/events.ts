/** The parts of the events of AWS that are used. All of them have more members. */

interface CommonEvent {
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** A REST API of API Gateway, or an HTTP API with the payload format 1.0. */
export interface RestApiEvent extends CommonEvent {
  readonly version?: '1.0';
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Record<string, string> | null;
  readonly multiValueHeaders: Record<string, string[]> | null;
  /** decoded */
  readonly multiValueQueryStringParameters: Record<string, string[]> | null;
  readonly requestContext: {
    readonly stage: string;
    /** the path with the stage or the base path of a custom domain */
    readonly path?: string;
    readonly domainName?: string;
    readonly identity: { readonly sourceIp: string };
  };
}

/** An HTTP API of API Gateway with the payload format 2.0, or a function URL. */
export interface HttpApiEvent extends CommonEvent {
  readonly version: '2.0';
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Values of the same header are joined with commas. */
  readonly headers: Record<string, string>;
  readonly cookies?: string[];
  readonly requestContext: {
    readonly stage: string;
    readonly domainName?: string;
    readonly http: { readonly method: string; readonly sourceIp: string };
  };
}

/** An Application Load Balancer. Its target group decides whether headers and parameters have several values. */
export interface LoadBalancerEvent extends CommonEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  /** as the client has sent them, not decoded */
  readonly queryStringParameters?: Record<string, string>;
  readonly multiValueQueryStringParameters?: Record<string, string[]>;
  readonly requestContext: { readonly elb: object };
}

/** EventBridge, by a schedule. */
export interface ScheduledEvent {
  readonly source: 'aws.events' | 'aws.scheduler';
}

export type HttpEvent = RestApiEvent | HttpApiEvent | LoadBalancerEvent;

export function isLoadBalancerEvent(event: HttpEvent): event is LoadBalancerEvent {
  return 'elb' in event.requestContext;
}

export function isHttpApiEvent(event: HttpEvent): event is HttpApiEvent {
  return 'version' in event && event.version === '2.0';
}

export function isScheduledEvent(event: object): event is ScheduledEvent {
  const { source } = event as Partial<ScheduledEvent>;
  return source === 'aws.events' || source === 'aws.scheduler';
}

export function isHttpEvent(event: object): event is HttpEvent {
  const { requestContext } = event as Partial<HttpEvent>;
  return typeof requestContext === 'object' && ('elb' in requestContext || 'stage' in requestContext);
}

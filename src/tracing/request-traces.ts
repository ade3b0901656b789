import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Attributes,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { loggablePath } from '../common/logging';
import { type EndedRequest } from '../common/metrics';
import { type Tracing } from '../common/tracing';
import { version } from '../version';

const NAME = 'emporium';

/** How long a stop waits until the last traces are sent, in milliseconds. */
const LAST_SEND = 2000;

/**
 * Sends a span for each request by OTLP. The span is made when the request has ended, from the values that are logged, so
 * a request pays nothing before its response is sent.
 */
export class RequestTraces implements Tracing {
  private readonly provider: BasicTracerProvider;
  private readonly propagator = new W3CTraceContextPropagator();
  private hasFailed = false;

  constructor(private readonly logger: Logger) {
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, so that they win.
    const resource = defaultResource()
      .merge(resourceFromAttributes({ 'service.name': NAME, 'service.version': version() }))
      .merge(detectResources({ detectors: [envDetector] }));
    this.provider = new BasicTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    setGlobalErrorHandler((error) => {
      this.reportFailure(typeof error === 'string' ? error : (error.message ?? 'unknown error'));
    });
  }

  record(
    request: FastifyRequest,
    { method, route, status, seconds }: EndedRequest,
    peer: string | undefined,
  ): void {
    const end = Date.now();
    const attributes: Attributes = {
      'http.request.method': method,
      'url.path': loggablePath(request.url),
      'emporium.request_id': request.id,
    };
    if (peer !== undefined) attributes['client.address'] = peer;
    if (route !== undefined) attributes['http.route'] = route;
    if (status !== undefined) attributes['http.response.status_code'] = status;
    const span = this.provider
      .getTracer(NAME)
      .startSpan(
        route === undefined ? method : `${method} ${route}`,
        { kind: SpanKind.SERVER, startTime: end - seconds * 1000, attributes },
        this.propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter),
      );
    if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
  }

  /** Sends what was not sent yet, for a process that may be frozen. A collector that does not answer delays it a little. */
  async flush(): Promise<void> {
    const sent = this.provider.forceFlush().catch((error: unknown) => {
      this.reportFailure((error as Error).message);
    });
    await Promise.race([sent, sleep(LAST_SEND, undefined, { ref: false })]);
  }

  /** Sends what was not sent yet. A collector that does not answer delays the stop only a little. */
  async close(): Promise<void> {
    const sent = this.provider.shutdown().catch((error: unknown) => {
      this.reportFailure((error as Error).message);
    });
    await Promise.race([sent, sleep(LAST_SEND)]);
  }

  /** Only the first failure is a warning, because a collector that is away fails every few seconds. */
  private reportFailure(reason: string): void {
    this.logger[this.hasFailed ? 'debug' : 'warn']({ reason }, 'traces could not be sent');
    this.hasFailed = true;
  }
}

import { type Logger } from 'pino';
import { type Environment } from '../config/environment';
import type * as OpenTelemetry from './request-traces';

/** The traces of this process; undefined unless the settings want them. Then the library is not even loaded. */
export function openTracing(
  { tracing }: Environment,
  logger: Logger,
): OpenTelemetry.RequestTraces | undefined {
  if (!tracing) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { RequestTraces } = require('./request-traces') as typeof OpenTelemetry;
  return new RequestTraces(logger);
}

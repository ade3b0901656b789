import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AppContext } from '../app.module';
import { createApp } from '../app.setup';
import { Connections } from '../common/http/connections';

export interface RunOptions {
  /** Says where to listen, as soon as all else is ready. */
  port: () => number | Promise<number>;
  onListening: (url: string) => void;
  /** ends it, when all that is under way is done */
  stop: AbortSignal;
  /** ends SHUTDOWN_DELAY early */
  hurry?: AbortSignal;
}

/** Serves in this process until it is told to stop. */
export async function run(context: AppContext, options: RunOptions): Promise<void> {
  const { port, onListening, stop, hurry } = options;
  const app = await createApp(context);
  try {
    if (stop.aborted) return;
    const stopped = once(stop, 'abort');
    await app.listen(await port(), context.environment.host);
    onListening(urlOf(app));
    await stopped;
    await drain(app, context, hurry);
  } finally {
    await app.close();
  }
}

function urlOf(app: NestFastifyApplication): string {
  const { address, family, port } = app.getHttpServer().address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `http://${address === '0.0.0.0' || address === '::' ? 'localhost' : host}:${port}`;
}

/**
 * Stops without dropping a request: readiness fails first, so that load balancers look elsewhere; then no connection
 * is taken any more, open ones are asked to close with their next response, and what is under way is finished.
 */
async function drain(
  app: NestFastifyApplication,
  { environment }: AppContext,
  hurry?: AbortSignal,
): Promise<void> {
  const connections = app.get(Connections);
  connections.startDraining();
  await sleep(environment.shutdownDelay, undefined, hurry && { signal: hurry }).catch(() => undefined);
  const server = app.getHttpServer();
  const closed = new Promise((resolve) => server.close(resolve));
  connections.closeIdle();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, environment.shutdownTimeout);
  await closed;
  clearTimeout(late);
}

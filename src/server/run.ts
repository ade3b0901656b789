import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { type AppContext } from '../app.module';
import { createApp } from '../app.setup';
import { Connections } from '../common/http/connections';
import { openTracing } from '../tracing/open-tracing';
import { drain } from './drain';
import { toListenError, urlOf } from './listening';

/**
 * How many connections the system may keep until they are accepted, as far as it allows. When there is no room, a new
 * client's attempt is lost, and repeated a second later.
 */
const BACKLOG = 4096;

export interface RunOptions {
  /** Returns the port to listen on. It is called when everything else is ready. */
  port: () => number | Promise<number>;
  onListening: (url: string) => void;
  /** stops the server, after all open requests are answered */
  stop: AbortSignal;
  /** ends SHUTDOWN_DELAY early */
  hurry?: AbortSignal;
  /** called when SHUTDOWN_DELAY is over; if something else keeps the port open, it must close it now */
  onClosing?: () => void;
}

/** Serves in this process until it is told to stop. */
export async function run(context: AppContext, options: RunOptions): Promise<void> {
  const { port, onListening, stop, hurry, onClosing } = options;
  const tracing = openTracing(context.environment, context.logger);
  const app = await createApp({ ...context, tracing });
  try {
    if (stop.aborted) return;
    const stopped = once(stop, 'abort');
    const { host } = context.environment;
    // Nest's own method also logs an error, which the caller tells in a better sentence.
    const server = app.getHttpAdapter().getInstance();
    await server.listen({ port: await port(), host, backlog: BACKLOG }).catch((error: unknown) => {
      throw toListenError('PORT', error);
    });
    onListening(urlOf(app.getHttpServer().address() as AddressInfo));
    await stopped;
    await drain(app.getHttpServer(), app.get(Connections), {
      settings: context.environment,
      hurry,
      onClosing,
    });
  } finally {
    await app.close();
    await tracing?.close();
  }
}

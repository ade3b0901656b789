import { type Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Connections } from '../common/http/connections';
import { type Environment } from '../config/environment';

/** Busy clients learn in this time, from the response to their next request, that they should connect elsewhere. */
const NOTICE = 100;

/** The listener closes when no connection has come for this long, and at the latest after LONGEST_HOLD. */
const QUIET = 10;
const LONGEST_HOLD = 250;

/** What a connection that has sent nothing yet has left for its first request after the listener has closed. */
const FIRST_REQUEST = 500;

export interface DrainOptions {
  settings: Pick<Environment, 'shutdownDelay' | 'shutdownTimeout'>;
  /** ends SHUTDOWN_DELAY early */
  hurry?: AbortSignal | undefined;
  /** called when SHUTDOWN_DELAY is over: whoever else keeps the port open closes it now */
  onClosing?: (() => void) | undefined;
}

/**
 * Stops without dropping a request: readiness fails first, so that load balancers look elsewhere. Then open connections
 * are asked to close with their next response, the listener closes, and what is under way is finished.
 */
export async function drain(server: Server, connections: Connections, options: DrainOptions): Promise<void> {
  const { settings, hurry, onClosing } = options;
  connections.startDraining();
  await sleep(settings.shutdownDelay, undefined, hurry && { signal: hurry }).catch(() => undefined);
  onClosing?.();
  await sleep(NOTICE);

  connections.hold();
  await untilNobodyConnects(connections);
  const closed = new Promise((resolve) => server.close(resolve));
  connections.release();

  const idle = setTimeout(() => {
    connections.closeIdle();
  }, FIRST_REQUEST);
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, settings.shutdownTimeout);
  await closed;
  clearTimeout(idle);
  clearTimeout(late);
}

/**
 * Waits for an empty queue of new connections, because the system resets those that wait there when the listener closes.
 * New requests are held meanwhile: a client that connects again as soon as it is answered would never leave it empty.
 */
async function untilNobodyConnects(connections: Connections): Promise<void> {
  const latest = performance.now() + LONGEST_HOLD;
  for (let before = -1; before !== connections.accepted && performance.now() < latest;) {
    before = connections.accepted;
    await sleep(QUIET);
    // Timers run before the queue is looked at, so it is looked at once more.
    await nextTurn();
  }
}

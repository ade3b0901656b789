import { type Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { type Connections } from '../common/http/connections';
import { type Environment } from '../config/environment';

/**
 * In this time busy clients get `Connection: close` with the response to their next request. In milliseconds, like all
 * times here.
 */
const NOTICE = 100;

/** The listener closes when no new connection was accepted for this long, and at the latest after LONGEST_HOLD. */
const QUIET = 25;
const LONGEST_HOLD = 250;

/** How far apart the stops of several processes can be that share a port. */
const SKEW = 50;

/** How long after the listener has closed a connection that has sent nothing yet can still send its first request. */
const FIRST_REQUEST = 500;

export interface DrainOptions {
  settings: Pick<Environment, 'shutdownDelay' | 'shutdownTimeout'>;
  /** ends SHUTDOWN_DELAY early */
  hurry?: AbortSignal | undefined;
  /** for processes that share a port: called when SHUTDOWN_DELAY is over; whatever else keeps the port open must close it now */
  onClosing?: (() => void) | undefined;
}

/**
 * Stops without dropping a request. Readiness fails first, so that load balancers choose other instances. Then open
 * connections close with their next response, the listener closes, and open requests are finished.
 */
export async function drain(server: Server, connections: Connections, options: DrainOptions): Promise<void> {
  const { settings, hurry, onClosing } = options;
  connections.startDraining();
  await sleep(settings.shutdownDelay, undefined, hurry && { signal: hurry }).catch(() => undefined);
  onClosing?.();
  await sleep(NOTICE);

  connections.hold();
  const latest = performance.now() + LONGEST_HOLD;
  await untilNobodyConnects(connections, latest);
  const closed = new Promise((resolve) => server.close(resolve));
  // Clients that are answered now would connect to the others that share the port, at the moment when these close it.
  if (onClosing) await sleep(latest + SKEW - performance.now());
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
 * Waits until the accept queue is empty, because the system resets the connections in it when the listener closes.
 * Meanwhile requests are not answered: a client that connects again after each answer would keep the queue from
 * becoming empty.
 */
async function untilNobodyConnects(connections: Connections, latest: number): Promise<void> {
  for (let before = -1; before !== connections.accepted && performance.now() < latest;) {
    before = connections.accepted;
    await sleep(QUIET);
    // Node runs timers before it accepts connections, so this waits for one more turn of the event loop.
    await nextTurn();
  }
}

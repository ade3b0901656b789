import 'reflect-metadata';
import cluster from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import { createLogger } from '../../common/logging';
import { openMetrics } from '../../metrics/open-metrics';
import { type PrometheusMetrics } from '../../metrics/prometheus-metrics';
import { run } from '../run';
import { STOP_SIGNALS } from '../stop-signals';
import { reasonOf } from '../startup-error';
import { type Handover, takeOver } from './handover';
import { type Order, type Report } from './messages';

/** How long a stop may take after draining when there is no primary left to kill this worker, in milliseconds. */
const LAST_GRACE = 5000;

const stop = new AbortController();
const orphaned = new AbortController();
const orders = new EventEmitter();

// Terminals and service managers signal the whole process group. Workers ignore that and wait for the primary's
// message.
for (const signal of STOP_SIGNALS) process.on(signal, () => undefined);

process.on('message', (order: Order) => {
  if (order.type === 'start') void work(order.handover);
  else if (order.type === 'listen') orders.emit('listen', order.port);
  else if (order.type === 'collect') orders.emit('collect');
  else stop.abort();
});

cluster.worker?.once('disconnect', () => {
  // Without this, Node would end the process at once, with all its open requests.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  // The service may be started again at once, and needs the port.
  orphaned.abort();
  stop.abort();
});

async function work(handover: Handover): Promise<void> {
  const { logLevel, shutdownTimeout } = handover.environment;
  const context = takeOver(handover, createLogger(logLevel, { shared: true, pid: process.pid }));
  const metrics = openMetrics(context.environment);
  orders.on('collect', () => void collect(metrics));
  orphaned.signal.addEventListener('abort', () => {
    setTimeout(() => process.exit(1), shutdownTimeout + LAST_GRACE).unref();
  });
  try {
    await run(
      { ...context, metrics },
      {
        port: orderedPort,
        onListening: (url) => {
          report({ type: 'listening', url });
        },
        stop: stop.signal,
        hurry: orphaned.signal,
        onClosing: leavePort,
      },
    );
  } catch (error) {
    if (!stop.signal.aborted) {
      report({ type: 'failed', reason: reasonOf(error) }, () => process.exit(1));
      return;
    }
  }
  process.exit(0);
}

async function collect(metrics: PrometheusMetrics | undefined): Promise<void> {
  report({ type: 'collected', metrics: (await metrics?.snapshot()) ?? [] });
}

async function orderedPort(): Promise<number> {
  const order = once(orders, 'listen', { signal: stop.signal });
  report({ type: 'ready' });
  const [port] = (await order) as [number];
  return port;
}

/**
 * The primary keeps the port open as long as a worker is connected to it. After the last worker has closed its
 * listener, nobody would accept new connections.
 */
function leavePort(): void {
  if (process.connected) process.disconnect();
}

/** Ignores a closed channel, because the handler of 'disconnect' stops this worker. */
function report(message: Report, sent: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, sent);
}

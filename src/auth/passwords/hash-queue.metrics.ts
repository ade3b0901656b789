import { type Metrics } from '../../common/metrics';
import { type HashQueue } from './hash-queue';

/** Declares the gauges of the queue. @returns the queue */
export function measured(queue: HashQueue, metrics: Metrics): HashQueue {
  metrics.gauge({
    name: 'emporium_hash_queue_running',
    help: 'Password hashes that are being computed.',
    read: () => queue.runningCount,
  });
  metrics.gauge({
    name: 'emporium_hash_queue_waiting',
    help: 'Logins, registrations and changes of passwords that wait for their turn to hash.',
    read: () => queue.waitingCount,
  });
  return queue;
}

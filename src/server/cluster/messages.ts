import { type Snapshot } from '../../metrics/prometheus-metrics';
import { type Handover } from './handover';

/** A message from the primary to a worker. */
export type Order =
  | { type: 'start'; handover: Handover }
  | { type: 'listen'; port: number }
  | { type: 'collect' }
  | { type: 'stop' };

/** A message from a worker to the primary. `ready` means that it can start to listen. */
export type Report =
  | { type: 'ready' }
  | { type: 'collected'; metrics: Snapshot }
  | { type: 'listening'; url: string }
  | { type: 'failed'; reason: string };

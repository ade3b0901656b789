import { type Handover } from './handover';

/** A message from the primary to a worker. */
export type Order =
  { type: 'start'; handover: Handover } | { type: 'listen'; port: number } | { type: 'stop' };

/** A message from a worker to the primary. `ready` means that it can start to listen. */
export type Report =
  { type: 'ready' } | { type: 'listening'; url: string } | { type: 'failed'; reason: string };

import { type Handover } from './handover';

/** What the primary tells a worker. */
export type Order =
  { type: 'start'; handover: Handover } | { type: 'listen'; port: number } | { type: 'stop' };

/** What a worker tells the primary. It is ready when it could listen. */
export type Report =
  { type: 'ready' } | { type: 'listening'; url: string } | { type: 'failed'; reason: string };

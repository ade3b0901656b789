import { type FastifyRequest } from 'fastify';
import { WalPosition } from '../../database/wal-position';
import { type InputFault } from '../problems/problem';
import { isRead } from './send';

/** Every write answers it, and a read that sends it back sees that write. */
export const READ_AFTER = 'X-Read-After';

/** A request after the input guard. */
export interface ReadAfterRequest extends FastifyRequest {
  /** the value of X-Read-After, if a read has it */
  readAfter?: WalPosition;
}

/** A write ignores the header, because the primary answers it anyway. */
export function readReadAfter(request: ReadAfterRequest, faults: InputFault[]): void {
  const header = request.headers['x-read-after'];
  if (header === undefined || !isRead(request)) return;
  const position = WalPosition.parse(String(header));
  if (position) request.readAfter = position;
  else faults.push({ parameter: READ_AFTER, message: `must be the ${READ_AFTER} of a response` });
}

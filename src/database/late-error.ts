/**
 * A write was given up, because its request was answered before it could be committed. Nothing of it is written. The
 * code is that of a statement that PostgreSQL cancelled.
 */
export class LateError extends Error {
  readonly code = '57014';

  constructor() {
    super('The request of this write has ended.');
  }
}

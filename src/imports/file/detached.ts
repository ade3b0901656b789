import { PassThrough, type Readable } from 'node:stream';

/** How long the rest of a body is read that nobody needs, in milliseconds. Then its connection is closed. */
const LINGER = 30_000;

/**
 * A body that can be left before its end. The rest is read and dropped: the client may read the answer only when it has sent
 * everything, and its next request comes after it.
 *
 * @param incomplete what the copy ends with if the body ends too early
 */
export function detached(body: Readable, incomplete: (cause?: Error) => Error): Readable {
  const copy = new PassThrough();
  body.on('error', (error) => {
    copy.destroy(incomplete(error));
  });
  body.once('close', () => {
    if (!body.readableEnded) copy.destroy(incomplete());
  });
  // Whoever sent it can have gone before anybody listened.
  if (body.destroyed && !body.readableEnded) copy.destroy(incomplete(body.errored ?? undefined));
  copy.once('close', () => {
    if (body.readableEnded || body.destroyed) return;
    body.unpipe(copy).resume();
    const timer = setTimeout(() => body.destroy(), LINGER).unref();
    body.once('close', () => {
      clearTimeout(timer);
    });
  });
  return body.pipe(copy);
}

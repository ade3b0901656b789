import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { detached } from './detached';

const incomplete = (cause?: Error) => new Error('incomplete', { cause });
const body = () => new Readable({ read: () => undefined });

describe('a detached body', () => {
  it('has what the body has', async () => {
    const source = body();
    const copy = detached(source, incomplete);
    source.push('a');
    source.push('b');
    source.push(null);
    expect(await text(copy)).toBe('ab');
  });

  it('ends with an error when the body ends too early', async () => {
    const source = body();
    const read = text(detached(source, incomplete));
    source.push('a');
    source.destroy();
    await expect(read).rejects.toThrow('incomplete');
  });

  it.each([
    ['without an error', undefined],
    ['with an error', new Error('aborted')],
  ])('ends with an error when the body has ended too early before, %s', async (_name, cause) => {
    const source = body();
    const closed = new Promise((resolve) => source.on('error', () => undefined).once('close', resolve));
    source.destroy(cause);
    await closed;
    const copy = detached(source, incomplete);
    await expect(pipeline(copy, async (pieces) => text(pieces))).rejects.toMatchObject({
      message: 'incomplete',
      cause,
    });
  });

  it('lets the rest of the body arrive when it is left', async () => {
    const source = body();
    const copy = detached(source, incomplete);
    copy.destroy();
    await once(copy, 'close');
    source.push('rest');
    source.push(null);
    await once(source, 'end');
    expect(source.readableEnded).toBe(true);
  });
});

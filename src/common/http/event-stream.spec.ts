import { EventStream } from './event-stream';

function read(stream: EventStream): { text: string } {
  const seen = { text: '' };
  stream.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
  return seen;
}

const nextTurn = () =>
  new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('EventStream', () => {
  it('sends events, and a comment when there was none for a while', async () => {
    const stream = new EventStream();
    const seen = read(stream);
    jest.advanceTimersByTime(14_000);
    stream.send('1', '{}');
    jest.advanceTimersByTime(14_000);
    await nextTurn();
    expect(seen.text).toBe('retry: 2000\n\nid: 1\ndata: {}\n\n');
    jest.advanceTimersByTime(16_000);
    await nextTurn();
    expect(seen.text).toBe('retry: 2000\n\nid: 1\ndata: {}\n\n:\n\n:\n\n');
    stream.destroy();
  });

  it('sends nothing after its end', async () => {
    const stream = new EventStream();
    const seen = read(stream);
    stream.end();
    stream.end();
    stream.send('1', '{}');
    jest.advanceTimersByTime(60_000);
    await nextTurn();
    expect(seen.text).toBe('retry: 2000\n\n');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps little for a client that does not read', () => {
    const stream = new EventStream();
    expect(stream.isBehind).toBe(false);
    stream.send('1', 'x'.repeat(5000));
    expect(stream.isBehind).toBe(true);
    const { readableLength } = stream;
    jest.advanceTimersByTime(600_000);
    expect(stream.readableLength).toBe(readableLength);
    stream.destroy();
    expect(jest.getTimerCount()).toBe(0);
  });
});

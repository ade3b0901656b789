import { Readable } from 'node:stream';

/** How long a client waits before it connects again, in milliseconds. */
const RETRY = 2000;

/** After this time without an event a comment is sent, because proxies close connections that are silent for a minute. */
const HEARTBEAT = 15_000;

/** A client that is this many bytes behind misses events until it has read them. */
const MAX_BEHIND = 4096;

/** A response of Server-Sent Events. Whoever destroys it ends it; `end` sends what is left before. */
export class EventStream extends Readable {
  private readonly heartbeat = setInterval(() => {
    if (!this.isBehind) this.write(':\n\n');
  }, HEARTBEAT);

  private hasEnded = false;

  constructor() {
    super();
    this.heartbeat.unref();
    this.push(`retry: ${RETRY}\n\n`);
  }

  /** Whether the client reads more slowly than events come. */
  get isBehind(): boolean {
    return this.readableLength > MAX_BEHIND;
  }

  /** @param data one line */
  send(id: string, data: string): void {
    this.write(`id: ${id}\ndata: ${data}\n\n`);
    if (!this.hasEnded) this.heartbeat.refresh();
  }

  end(): void {
    clearInterval(this.heartbeat);
    if (!this.hasEnded) this.push(null);
    this.hasEnded = true;
  }

  override _read(): void {
    // Events are pushed when they happen.
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.heartbeat);
    this.hasEnded = true;
    done(error);
  }

  private write(text: string): void {
    if (!this.hasEnded) this.push(text);
  }
}

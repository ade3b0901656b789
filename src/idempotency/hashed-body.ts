import { createHash } from 'node:crypto';
import { finished, type Readable, Transform } from 'node:stream';
import { BodyPace } from '../common/http/body-pace';
import { Problem, REQUEST_TIMEOUT, TOO_LARGE } from '../common/problems/problem';

/** How often it is checked whether the rest of a body arrives too slowly, in milliseconds. */
const CHECK_INTERVAL = 1000;

/** A body that is hashed while it arrives. */
export class HashedBody extends Transform {
  private readonly hash = createHash('sha256');
  private result: Promise<string> | undefined;
  private bytes = 0;

  /**
   * @param prefix is hashed before the body
   * @param limit how many bytes of what nobody else reads are read
   */
  constructor(
    source: Readable,
    prefix: string,
    private readonly limit: number,
  ) {
    super();
    this.hash.update(prefix);
    // Whoever reads it is told. If nobody does, the error must not end the process.
    this.on('error', () => undefined);
    finished(source, { writable: false }, (error) => {
      if (error) this.destroy(error);
    });
    source.pipe(this);
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error | null, data?: Buffer) => void,
  ): void {
    this.bytes += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }

  /** The hash of all of it. What nobody has read is read now. @throws Problem `too_large`, `request_timeout` */
  async digest(): Promise<string> {
    this.result ??= this.readRest().then(() => this.hash.digest('base64url'));
    return this.result;
  }

  private async readRest(): Promise<void> {
    if (this.readableEnded) return;
    const pace = new BodyPace(performance.now());
    const timer = setInterval(() => {
      if (pace.isTooSlow(this.bytes, performance.now())) this.destroy(new Problem(REQUEST_TIMEOUT));
    }, CHECK_INTERVAL);
    try {
      await new Promise<void>((resolve, reject) => {
        finished(this, { writable: false }, (error) => {
          if (error) reject(error);
          else resolve();
        });
        this.on('data', () => {
          if (this.bytes <= this.limit) return;
          this.destroy(new Problem(TOO_LARGE, { detail: `The body is larger than ${this.limit} bytes.` }));
        });
      });
    } finally {
      clearInterval(timer);
    }
  }
}

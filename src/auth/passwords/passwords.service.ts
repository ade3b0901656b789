import { Injectable } from '@nestjs/common';
import { Algorithm, type Options } from '@node-rs/argon2';
import { BackgroundThreads } from '../background-threads';
import { HashQueue } from './hash-queue';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const OPTIONS = {
  algorithm: Algorithm.Argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} satisfies Options;

/** Hashes and checks passwords, off the event loop. */
@Injectable()
export class PasswordsService {
  private dummyHash: Promise<string> | undefined;

  constructor(
    private readonly queue: HashQueue,
    private readonly threads: BackgroundThreads,
  ) {}

  /**
   * The argon2id hash of the password as a PHC string, with parameters and salt. Waits in the queue.
   *
   * @throws Problem 503; the signal's reason when it aborts before the hash is ready
   */
  async hash(password: string, signal?: AbortSignal): Promise<string> {
    const hash = await this.queue.run(() => this.compute(password), signal);
    signal?.throwIfAborted();
    return hash;
  }

  /** Whether the password matches the hash. Without a hash the result is false, after the same time. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.dummyHash ??= this.compute('no account has this password');
    // It is always awaited, because it rejects when the threads are stopped, and that rejection must be handled.
    const dummyHash = await this.dummyHash;
    const task = { password, passwordHash: passwordHash ?? dummyHash };
    const matches = await this.threads.run<boolean>('verify', task);
    return matches && passwordHash !== undefined;
  }

  /** Whether a hash has lower cost parameters than new hashes. */
  isOutdated(passwordHash: string): boolean {
    const [, memory, time, lanes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(passwordHash) ?? [];
    const { memoryCost, timeCost, parallelism } = OPTIONS;
    return !(Number(memory) >= memoryCost && Number(time) >= timeCost && Number(lanes) >= parallelism);
  }

  private async compute(password: string): Promise<string> {
    return this.threads.run<string>('hash', { password, options: OPTIONS });
  }
}

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
  private decoy: Promise<string> | undefined;

  constructor(
    private readonly queue: HashQueue,
    private readonly threads: BackgroundThreads,
  ) {}

  /**
   * The password's argon2id hash in PHC form, its parameters and salt included. Waits its turn.
   *
   * @throws Problem 503; the signal's reason, also when it aborts before the hash is there
   */
  async hash(password: string, signal?: AbortSignal): Promise<string> {
    const hash = await this.queue.run(() => this.compute(password), signal);
    signal?.throwIfAborted();
    return hash;
  }

  /** Whether the password is the one that was hashed. Without a hash it is wrong, after the same time. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= this.compute('no account has this password');
    // It is awaited in any case: when the threads are stopped meanwhile it rejects, and somebody must handle that.
    const decoy = await this.decoy;
    const task = { password, passwordHash: passwordHash ?? decoy };
    const matches = await this.threads.run<boolean>('verify', task);
    return matches && passwordHash !== undefined;
  }

  /** Whether a hash was made with less effort than new ones are. */
  isOutdated(passwordHash: string): boolean {
    const [, memory, time, lanes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(passwordHash) ?? [];
    const { memoryCost, timeCost, parallelism } = OPTIONS;
    return !(Number(memory) >= memoryCost && Number(time) >= timeCost && Number(lanes) >= parallelism);
  }

  private async compute(password: string): Promise<string> {
    return this.threads.run<string>('hash', { password, options: OPTIONS });
  }
}

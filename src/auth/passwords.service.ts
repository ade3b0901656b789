import { Injectable } from '@nestjs/common';
import { Algorithm, hash, type Options, verify } from '@node-rs/argon2';
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

  constructor(private readonly queue: HashQueue) {}

  /** The password's argon2id hash in PHC form, its parameters and salt included. Waits its turn. @throws Problem 503 */
  async hash(password: string): Promise<string> {
    return this.queue.run(() => hash(password, OPTIONS));
  }

  /** Whether the password is the one that was hashed. Without a hash it is wrong, after the same time. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= hash('no account has this password', OPTIONS);
    const decoy = await this.decoy;
    return (await verify(passwordHash ?? decoy, password)) && passwordHash !== undefined;
  }

  /** Whether a hash was made with less effort than new ones are. */
  isOutdated(passwordHash: string): boolean {
    const [, memory, time, lanes] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(passwordHash) ?? [];
    const { memoryCost, timeCost, parallelism } = OPTIONS;
    return !(Number(memory) >= memoryCost && Number(time) >= timeCost && Number(lanes) >= parallelism);
  }
}

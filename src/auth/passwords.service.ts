import { Injectable } from '@nestjs/common';
import { Algorithm, hash, type Options, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const OPTIONS: Options = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes and checks passwords, off the event loop. */
@Injectable()
export class PasswordsService {
  private decoy: Promise<string> | undefined;

  /** The password's argon2id hash in PHC form, its parameters and salt included. */
  async hash(password: string): Promise<string> {
    return hash(password, OPTIONS);
  }

  /** Whether the password is the one that was hashed. Without a hash it is wrong, after the same time. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= this.hash('no account has this password');
    const matches = await verify(passwordHash ?? (await this.decoy), password);
    return matches && passwordHash !== undefined;
  }
}

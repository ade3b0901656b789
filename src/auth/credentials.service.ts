import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Problem, type ProblemType } from '../common/problems/problem';
import { type User } from '../users/user.entity';
import { HashQueue } from './hash-queue';
import { PasswordsService } from './passwords.service';
import { ThrottleService } from './throttle.service';

/** Milliseconds; a refusal takes a whole multiple, so that what it did before is not told by when it comes. */
const REFUSAL_STEP = 25;

/** Checks passwords of accounts, and counts the wrong ones. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly queue: HashQueue,
    private readonly passwords: PasswordsService,
    private readonly throttle: ThrottleService,
  ) {}

  /**
   * Checks the password of the account with this address, which need not exist: that makes no difference that could be
   * seen or timed. All of it is one turn in the queue, so that a rush of logins takes no more of the database than of
   * the processor, and few attempts are undecided at a time.
   *
   * @throws Problem of the given type when it is wrong, 429 after too many wrong ones, 503 when too many wait; the
   *   signal's reason, also when it aborts before the answer is there
   */
  async check(
    { email, password, ip }: { email: string; password: string; ip: string },
    find: () => Promise<User | null>,
    wrong: ProblemType,
    signal: AbortSignal,
  ): Promise<User> {
    const begin = performance.now();
    const { user, headers } = await this.queue.run(async () => {
      const attempt = await this.throttle.charge(email, ip);
      const found = await find();
      const matches = await this.passwords.verify(found?.passwordHash, password);
      if (!found || !matches) return { headers: attempt.headers };
      await this.throttle.forgive(attempt);
      return { user: found };
    }, signal);
    signal.throwIfAborted();
    if (user) return user;
    await sleep(REFUSAL_STEP - ((performance.now() - begin) % REFUSAL_STEP));
    throw new Problem(wrong, { headers });
  }
}

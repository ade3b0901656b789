import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Problem, type ProblemType } from '../../common/problems/problem';
import { type Executor } from '../../database/executor';
import { type Credentials } from '../../users/user.entity';
import { HashQueue } from '../passwords/hash-queue';
import { PasswordsService } from '../passwords/passwords.service';
import { Refusal } from '../throttling/refusal';
import { type RateLimitHeaders, ThrottleService } from '../throttling/throttle.service';

/** The credentials that a caller sends, the address that they come from, and what the attempt is counted with. */
interface Login {
  email: string;
  password: string;
  ip: string;
  executor: Executor;
}

/** In milliseconds. The time of a refusal is rounded up to a multiple of it, so that it does not show what was done. */
const REFUSAL_STEP = 25;

/** In milliseconds. A login that was refused by a lock which may still be removed is tried again after this time. */
const RETRY_DELAY = 250;

/** Checks passwords of accounts, and counts the wrong ones. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly queue: HashQueue,
    private readonly passwords: PasswordsService,
    private readonly throttle: ThrottleService,
  ) {}

  /**
   * Checks the password of the account with this e-mail address. Neither the answer nor its time shows whether the
   * account exists.
   *
   * @param find reads the account, immediately before its password is checked
   * @throws Problem of the given type when the password is wrong, 429 after too many wrong ones, 503 when too many
   * wait; the signal's reason when it aborts before the result
   */
  async check<Account extends Credentials>(
    login: Login,
    find: () => Promise<Account | undefined>,
    wrong: ProblemType,
    signal: AbortSignal,
  ): Promise<Account> {
    const begin = performance.now();
    const attempt = () => this.attempt(login, find, signal);
    const { account, headers } = await attempt().catch(async (error: unknown) => {
      if (!(error instanceof Refusal && error.isUndecided)) throw error;
      await sleep(RETRY_DELAY);
      return attempt();
    });
    signal.throwIfAborted();
    if (account) return account;
    await sleep(REFUSAL_STEP - ((performance.now() - begin) % REFUSAL_STEP));
    throw new Problem(wrong, headers && { headers });
  }

  /**
   * All slow steps run together in one turn of the queue. So the queue also limits the load of many logins on the
   * database, and only few attempts are undecided at a time. An attempt that is refused at once does not wait in the
   * queue.
   */
  private async attempt<Account extends Credentials>(
    { email, password, ip, executor }: Login,
    find: () => Promise<Account | undefined>,
    signal: AbortSignal,
  ): Promise<{ account?: Account; headers?: RateLimitHeaders }> {
    const attempt = await this.throttle.admit(email, ip);
    return this.queue.run(async () => {
      const found = await find();
      const headers = await this.throttle.charge(executor, attempt);
      const matches = await this.passwords.verify(found?.passwordHash, password);
      if (!found || !matches) return { headers };
      await this.throttle.forgive(executor, attempt);
      return { account: found };
    }, signal);
  }
}

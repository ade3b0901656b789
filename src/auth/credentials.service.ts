import { Injectable } from '@nestjs/common';
import { Problem, type ProblemType } from '../common/problems/problem';
import { type User } from '../users/user.entity';
import { PasswordsService } from './passwords.service';
import { ThrottleService } from './throttle.service';

/** Checks passwords of accounts, and counts the wrong ones. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly throttle: ThrottleService,
  ) {}

  /**
   * Checks the password of the account with this address, which need not exist: that makes no difference that could be
   * seen or timed.
   *
   * @param find gives the account, once the attempt may go on
   * @throws Problem of the given type when it is wrong, 429 after too many wrong ones, 503 when too many wait
   */
  async check(
    { email, password, ip }: { email: string; password: string; ip: string },
    find: () => Promise<User | null>,
    wrong: ProblemType,
  ): Promise<User> {
    const attempt = await this.throttle.begin(email, ip);
    const user = await find();
    const matches = await this.passwords.verify(user?.passwordHash, password, () =>
      this.throttle.charge(attempt),
    );
    if (!user || !matches) throw new Problem(wrong, { headers: attempt.headers });
    await this.throttle.forgive(attempt);
    return user;
  }
}

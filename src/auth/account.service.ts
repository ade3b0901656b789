import { Injectable } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { EntityManager } from 'typeorm';
import { type Caller } from '../common/access';
import { invalidInput, Problem } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { type User } from '../users/user.entity';
import { UsersService } from '../users/users.service';
import { WRONG_PASSWORD } from './auth.problems';
import { CredentialsService } from './credentials.service';
import { type DeleteAccountDto, type UpdateAccountDto } from './dto/account.dto';
import { passwordFault } from './password-rules';
import { PasswordsService } from './passwords.service';
import { SessionsService } from './sessions.service';

/** What users do with their own account. Each act wants the current password. */
@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    @InjectEntityManager() private readonly manager: EntityManager,
  ) {}

  /** A new password ends every other session. @throws Problem `wrong_password`, `email_taken`, 429 */
  async update(changes: UpdateAccountDto, caller: Caller, ip: string): Promise<User> {
    const user = await this.checkPassword(caller, changes.currentPassword, ip);
    const { email, password, currentPassword } = changes;
    // What stays is held against what is new as well.
    const fault = passwordFault(password ?? currentPassword, email ?? user.email);
    if (fault !== undefined && (password !== undefined || fault === 'must not be the e-mail address')) {
      throw invalidInput({ pointer: password === undefined ? '/email' : '/password', message: fault });
    }
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password);
    await retryOnContention(() =>
      this.manager.transaction(async (manager) => {
        const changed = await this.users.changeCredentials(
          user.id,
          user.passwordHash,
          { email, passwordHash },
          manager,
        );
        // Somebody else's change came first.
        if (!changed) throw new Problem(WRONG_PASSWORD);
        if (passwordHash !== undefined) await this.sessions.endAll(user.id, manager, caller.sessionId);
      }),
    );
    return this.users.getOrThrow(user.id);
  }

  /** @throws Problem `wrong_password`, `owns_stores`, `last_admin`, 429 */
  async remove({ currentPassword }: DeleteAccountDto, caller: Caller, ip: string): Promise<void> {
    await this.checkPassword(caller, currentPassword, ip);
    await this.users.remove(caller.userId);
  }

  private async checkPassword(caller: Caller, password: string, ip: string): Promise<User> {
    const user = await this.users.getOrThrow(caller.userId);
    return this.credentials.check(
      { email: user.email, password, ip },
      () => Promise.resolve(user),
      WRONG_PASSWORD,
    );
  }
}

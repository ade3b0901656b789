import { Injectable } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { EntityManager } from 'typeorm';
import { type Caller } from '../common/access';
import { invalidInput, Problem, UNAUTHENTICATED } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { type User } from '../users/user.entity';
import { USER_NOT_FOUND } from '../users/users.problems';
import { UsersService } from '../users/users.service';
import { WRONG_PASSWORD } from './auth.problems';
import { CredentialsService } from './credentials.service';
import { type DeleteAccountDto, type UpdateAccountDto } from './dto/account.dto';
import { isSameAsEmail } from '../common/input/password';
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

  /** @throws Problem `unauthenticated` when the account has gone since the guard looked */
  async get({ userId }: Caller): Promise<User> {
    return present(this.users.getOrThrow(userId));
  }

  /** A new password ends every other session. @throws Problem `wrong_password`, `email_taken`, 429 */
  async update(changes: UpdateAccountDto, caller: Caller, ip: string, signal: AbortSignal): Promise<User> {
    for (let tries = 0; tries < UPDATE_TRIES; tries++) {
      const user = await this.get(caller);
      checkChoice(changes, user);
      await this.checkPassword(user, changes.currentPassword, ip, signal);
      if (await this.apply(changes, user, caller.sessionId, signal)) return this.get(caller);
    }
    throw new Problem(WRONG_PASSWORD);
  }

  /** @throws Problem `wrong_password`, `owns_stores`, `last_admin`, 429 */
  async remove(
    { currentPassword }: DeleteAccountDto,
    caller: Caller,
    ip: string,
    signal: AbortSignal,
  ): Promise<void> {
    await this.checkPassword(await this.get(caller), currentPassword, ip, signal);
    await present(this.users.remove(caller.userId));
  }

  private async checkPassword(user: User, password: string, ip: string, signal: AbortSignal): Promise<void> {
    const find = () => Promise.resolve(user);
    await this.credentials.check({ email: user.email, password, ip }, find, WRONG_PASSWORD, signal);
  }

  /** False when the password was changed since it was checked, or the address that a new one was held against. */
  private async apply(
    { email, password }: UpdateAccountDto,
    user: User,
    sessionId: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password, signal);
    return retryOnContention(() =>
      this.manager.transaction(async (manager) => {
        const changes = { email, passwordHash };
        const isChanged = await this.users.changeCredentials(
          user.id,
          user.passwordHash,
          changes,
          manager,
          passwordHash !== undefined && email === undefined ? user.email : undefined,
        );
        if (isChanged && passwordHash !== undefined) await this.sessions.endAll(user.id, manager, sessionId);
        return isChanged;
      }),
    );
  }
}

/** What changes meanwhile, a hash that a login renews or the address, is checked again, once. */
const UPDATE_TRIES = 2;

/** The caller's own account is no resource to be missed: without it nobody is authenticated. */
async function present<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Problem && error.type === USER_NOT_FOUND ? new Problem(UNAUTHENTICATED) : error;
  }
}

/** What stays is held against what is new as well: neither password nor address may become the other. */
function checkChoice({ email, password, currentPassword }: UpdateAccountDto, user: User): void {
  const isEmail = isSameAsEmail(password ?? currentPassword, email ?? user.email);
  if (isEmail) {
    const pointer = password === undefined ? '/email' : '/password';
    throw invalidInput({ pointer, message: 'must not be the same as the other' });
  }
}

import { Injectable } from '@nestjs/common';
import { type Caller } from '../../common/access';
import { isSameAsEmail } from '../../common/input/password';
import { invalidInput, Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { type Executor } from '../../database/executor';
import { type User } from '../../users/user.entity';
import { USER_NOT_FOUND } from '../../users/users.problems';
import { UsersService } from '../../users/users.service';
import { WRONG_PASSWORD } from '../auth.problems';
import { PasswordsService } from '../passwords/passwords.service';
import { SessionsService } from '../sessions/sessions.service';
import { ThrottleService } from '../throttling/throttle.service';
import { CredentialsService } from './credentials.service';
import { type DeleteAccountDto, type UpdateAccountDto } from './dto/account.dto';
import { whileUnchanged } from './while-unchanged';

/**
 * The caller of a request, the address that it comes from, what it writes with, and a signal that aborts when nobody
 * waits for the answer.
 */
export interface Actor {
  caller: Caller;
  ip: string;
  executor: Executor;
  signal: AbortSignal;
}

/** What users do with their own account. Each change needs the current password. */
@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly throttle: ThrottleService,
  ) {}

  /** @throws Problem `unauthenticated` when the account was deleted after the access check */
  async get({ userId }: Caller): Promise<User> {
    try {
      return await this.users.getOrThrow(userId);
    } catch (error) {
      // Without an account the caller is not authenticated, so this is 401 and not 404.
      const isGone = error instanceof Problem && error.type === USER_NOT_FOUND;
      throw isGone ? new Problem(unauthenticated('access', 'session_ended')) : error;
    }
  }

  /** A new password ends every other session. @throws Problem `wrong_password`, `email_taken`, 429, 503 */
  async update(changes: UpdateAccountDto, actor: Actor): Promise<User> {
    checkChoice(changes, await this.get(actor.caller));
    await this.withPassword(changes.currentPassword, actor, async (user) => {
      // The address may have changed while the password was checked.
      checkChoice(changes, user);
      return (await this.apply(changes, user, actor)) || undefined;
    });
    return this.get(actor.caller);
  }

  /** @throws Problem `wrong_password`, `owns_stores`, `last_admin`, 429, 503 */
  async remove({ currentPassword }: DeleteAccountDto, actor: Actor): Promise<void> {
    await this.withPassword(
      currentPassword,
      actor,
      async (user) => (await this.users.removeIfUnchanged(actor.executor, user)) || undefined,
    );
  }

  /** Runs `act` if the password is right. `act` resolves to undefined when the user changed after the check. */
  private async withPassword(
    password: string,
    { caller, ip, executor, signal }: Actor,
    act: (user: User) => Promise<true | undefined>,
  ): Promise<void> {
    await whileUnchanged(async () => {
      const { email } = await this.get(caller);
      const find = () => this.getInSession(caller);
      return act(
        await this.credentials.check({ email, password, ip, executor }, find, WRONG_PASSWORD, signal),
      );
    });
  }

  /** The account, unless the session has ended while the caller waited. */
  private async getInSession(caller: Caller): Promise<User> {
    const isLive = await this.sessions.findCaller(caller.sessionId, caller.userId);
    if (!isLive) throw new Problem(unauthenticated('access', 'session_ended'));
    return this.get(caller);
  }

  /** @returns false when the hash changed after the check, or the address with which a new password was compared */
  private async apply(
    { email, password }: UpdateAccountDto,
    user: User,
    { caller, ip, executor, signal }: Actor,
  ): Promise<boolean> {
    // Like a registration, this shows whether an address is taken, so it has the same limit.
    if (email !== undefined && email !== user.email) await this.throttle.count(executor, 'registrations', ip);
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password, signal);
    signal.throwIfAborted();
    const comparedWith = passwordHash !== undefined && email === undefined ? user.email : undefined;
    const current = { id: user.id, passwordHash: user.passwordHash, email: comparedWith };
    return executor.transaction(async (transaction) => {
      const isChanged = await this.users.changeCredentials(current, { email, passwordHash }, transaction);
      if (isChanged && passwordHash !== undefined) {
        await this.sessions.endAll(user.id, transaction, caller.sessionId);
      }
      return isChanged;
    });
  }
}

/** Password and address must differ, so a new one is compared with the other that stays. */
function checkChoice({ email, password, currentPassword }: UpdateAccountDto, user: User): void {
  const isEmail = isSameAsEmail(password ?? currentPassword, email ?? user.email);
  if (isEmail) {
    const pointer = password === undefined ? '/email' : '/password';
    throw invalidInput({ pointer, message: 'must not be the same as the other' });
  }
}

import { Injectable } from '@nestjs/common';
import { type Caller } from '../../common/access';
import { isSameAsEmail } from '../../common/input/password';
import { invalidInput, Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { Database } from '../../database/database';
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

/** Who acts, from where, and for how long somebody waits for it. */
export interface Actor {
  caller: Caller;
  ip: string;
  signal: AbortSignal;
}

/** What users do with their own account. Each act wants the current password. */
@Injectable()
export class AccountService {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly throttle: ThrottleService,
    private readonly database: Database,
  ) {}

  /** @throws Problem `unauthenticated` when the account has gone since the guard looked */
  async get({ userId }: Caller): Promise<User> {
    try {
      return await this.users.getOrThrow(userId);
    } catch (error) {
      // The caller's own account is no resource to be missed: without it nobody is authenticated.
      const isGone = error instanceof Problem && error.type === USER_NOT_FOUND;
      throw isGone ? new Problem(unauthenticated('access', 'session_ended')) : error;
    }
  }

  /** A new password ends every other session. @throws Problem `wrong_password`, `email_taken`, 429, 503 */
  async update(changes: UpdateAccountDto, actor: Actor): Promise<User> {
    checkChoice(changes, await this.get(actor.caller));
    await this.withPassword(changes.currentPassword, actor, async (user) => {
      // The address may have become another while the password was being checked.
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
      async (user) => (await this.users.removeIfUnchanged(user)) || undefined,
    );
  }

  /** Acts if the password is right. `act` gives undefined when the user changed after the check. */
  private async withPassword(
    password: string,
    { caller, ip, signal }: Actor,
    act: (user: User) => Promise<true | undefined>,
  ): Promise<void> {
    await whileUnchanged(async () => {
      const { email } = await this.get(caller);
      const find = () => this.getInSession(caller);
      return act(await this.credentials.check({ email, password, ip }, find, WRONG_PASSWORD, signal));
    });
  }

  /** The account, if the session has not ended while the caller waited. */
  private async getInSession(caller: Caller): Promise<User> {
    const isLive = await this.sessions.findCaller(caller.sessionId, caller.userId);
    if (!isLive) throw new Problem(unauthenticated('access', 'session_ended'));
    return this.get(caller);
  }

  /** @returns false when the hash changed after the check, or the address that a new password was compared with */
  private async apply(
    { email, password }: UpdateAccountDto,
    user: User,
    { caller, ip, signal }: Actor,
  ): Promise<boolean> {
    // Like a registration this tells whether an address is taken, so it is allowed as often.
    if (email !== undefined && email !== user.email) await this.throttle.count('registrations', ip);
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password, signal);
    signal.throwIfAborted();
    const comparedWith = passwordHash !== undefined && email === undefined ? user.email : undefined;
    const current = { id: user.id, passwordHash: user.passwordHash, email: comparedWith };
    return this.database.transaction(async (transaction) => {
      const isChanged = await this.users.changeCredentials(current, { email, passwordHash }, transaction);
      if (isChanged && passwordHash !== undefined) {
        await this.sessions.endAll(user.id, transaction, caller.sessionId);
      }
      return isChanged;
    });
  }
}

/** Neither password nor address may become the other, so the one that stays is compared with the new one. */
function checkChoice({ email, password, currentPassword }: UpdateAccountDto, user: User): void {
  const isEmail = isSameAsEmail(password ?? currentPassword, email ?? user.email);
  if (isEmail) {
    const pointer = password === undefined ? '/email' : '/password';
    throw invalidInput({ pointer, message: 'must not be the same as the other' });
  }
}

import { Injectable } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { EntityManager } from 'typeorm';
import { type Caller } from '../../common/access';
import { invalidInput, Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { retryOnContention } from '../../database/errors';
import { type User } from '../../users/user.entity';
import { USER_NOT_FOUND } from '../../users/users.problems';
import { UsersService } from '../../users/users.service';
import { WRONG_PASSWORD } from '../auth.problems';
import { CredentialsService } from './credentials.service';
import { type DeleteAccountDto, type UpdateAccountDto } from './dto/account.dto';
import { isSameAsEmail } from '../../common/input/password';
import { PasswordsService } from '../passwords/passwords.service';
import { SessionsService } from '../sessions/sessions.service';
import { ThrottleService } from '../throttling/throttle.service';

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
    @InjectEntityManager() private readonly manager: EntityManager,
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

  /** A new password ends every other session. @throws Problem `wrong_password`, `email_taken`, 429 */
  async update(changes: UpdateAccountDto, actor: Actor): Promise<User> {
    checkChoice(changes, await this.get(actor.caller));
    await this.withPassword(changes.currentPassword, actor, (user) => {
      // The address may have become another while the password was being checked.
      checkChoice(changes, user);
      return this.apply(changes, user, actor);
    });
    return this.get(actor.caller);
  }

  /** @throws Problem `wrong_password`, `owns_stores`, `last_admin`, 429 */
  async remove({ currentPassword }: DeleteAccountDto, actor: Actor): Promise<void> {
    await this.withPassword(currentPassword, actor, (user) => this.users.removeIfUnchanged(user));
  }

  /** Acts if the password is right. `act` tells whether its hash was still the one that had been checked. */
  private async withPassword(
    password: string,
    { caller, ip, signal }: Actor,
    act: (user: User) => Promise<boolean>,
  ): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const { email } = await this.get(caller);
      const find = () => this.getInSession(caller);
      const user = await this.credentials.check({ email, password, ip }, find, WRONG_PASSWORD, signal);
      if (await act(user)) return;
    }
    throw new Problem(WRONG_PASSWORD);
  }

  /** The account, if the session has not ended while the caller waited. */
  private async getInSession(caller: Caller): Promise<User> {
    const isLive = await this.sessions.findCaller(caller.sessionId, caller.userId);
    if (!isLive) throw new Problem(unauthenticated('access', 'session_ended'));
    return this.get(caller);
  }

  /** False when the password was changed since it was checked, or the address that a new one was held against. */
  private async apply(
    { email, password }: UpdateAccountDto,
    user: User,
    { caller, ip, signal }: Actor,
  ): Promise<boolean> {
    // Whether an address is taken is told here as it is by a registration, and as often.
    if (email !== undefined && email !== user.email) await this.throttle.count('registrations', ip);
    const passwordHash = password === undefined ? undefined : await this.passwords.hash(password, signal);
    signal.throwIfAborted();
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
        if (isChanged && passwordHash !== undefined) {
          await this.sessions.endAll(user.id, manager, caller.sessionId);
        }
        return isChanged;
      }),
    );
  }
}

/** What changes meanwhile, a hash that a login renews or the address, is checked again, once. */
const TRIES = 2;

/** What stays is held against what is new as well: neither password nor address may become the other. */
function checkChoice({ email, password, currentPassword }: UpdateAccountDto, user: User): void {
  const isEmail = isSameAsEmail(password ?? currentPassword, email ?? user.email);
  if (isEmail) {
    const pointer = password === undefined ? '/email' : '/password';
    throw invalidInput({ pointer, message: 'must not be the same as the other' });
  }
}

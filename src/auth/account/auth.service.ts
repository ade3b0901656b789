import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem';
import { databaseFailure } from '../../database/errors';
import { type Executor } from '../../database/executor';
import { type Credentials, type User } from '../../users/user.entity';
import { UsersService } from '../../users/users.service';
import { BAD_CREDENTIALS } from '../auth.problems';
import { CredentialsService } from './credentials.service';
import { type LoginDto, type RegisterDto } from './dto/credentials.dto';
import { type TokensDto } from '../tokens/dto/tokens.dto';
import { PasswordsService } from '../passwords/passwords.service';
import { type Origin, SessionsService } from '../sessions/sessions.service';
import { type TokenClaims } from '../tokens/token-claims';
import { TokensService } from '../tokens/tokens.service';
import { whileUnchanged } from './while-unchanged';

/** What a request writes with, and a signal that aborts when nobody waits for its answer. */
export interface Work {
  executor: Executor;
  signal: AbortSignal;
}

/** Registration, login and refresh. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly tokens: TokensService,
  ) {}

  /** @throws Problem `email_taken`, 503 */
  async register({ email, password }: RegisterDto, { executor, signal }: Work): Promise<User> {
    const passwordHash = await this.passwords.hash(password, signal);
    return this.users.create(executor, { email, passwordHash, role: 'user' });
  }

  /**
   * @throws Problem `bad_credentials`, with the same text and after the same time whether or not the account exists;
   * 429; 503
   */
  async login({ email, password }: LoginDto, origin: Origin, work: Work): Promise<TokensDto> {
    const { executor, signal } = work;
    return whileUnchanged(async () => {
      const user = await this.credentials.check(
        { email, password, ip: origin.ip, executor },
        () => this.users.findCredentials(email),
        BAD_CREDENTIALS,
        signal,
      );
      const source = await this.sessions.start(executor, user, origin);
      if (!source) return undefined;
      try {
        if (this.passwords.isOutdated(user.passwordHash)) await this.renewHash(user, password, work);
        const tokens = await this.tokens.issue(source);
        signal.throwIfAborted();
        return tokens;
      } catch (error) {
        // Ends the session, because its tokens are not sent: the caller gets an error, got 503 already, or has gone
        // away.
        await this.sessions.logOut(source).catch(() => undefined);
        throw error;
      }
    });
  }

  /** @throws Problem `unauthenticated`, `token_reused` */
  async refresh(executor: Executor, claims: TokenClaims, ip: string): Promise<TokensDto> {
    return this.tokens.issue(await this.sessions.rotate(executor, claims, ip));
  }

  /** Hashes the password again. If that fails, the login still succeeds, and the next login tries again. */
  private async renewHash(user: Credentials, password: string, { executor, signal }: Work): Promise<void> {
    try {
      const passwordHash = await this.passwords.hash(password, signal);
      await this.users.changeCredentials(user, { passwordHash }, executor);
    } catch (error) {
      if (!(error instanceof Problem || databaseFailure(error))) throw error;
    }
  }
}

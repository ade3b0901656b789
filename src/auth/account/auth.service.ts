import { Injectable } from '@nestjs/common';
import { Problem } from '../../common/problems/problem';
import { databaseFailure } from '../../database/errors';
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
  async register({ email, password }: RegisterDto, signal: AbortSignal): Promise<User> {
    return this.users.create(email, await this.passwords.hash(password, signal));
  }

  /**
   * @throws Problem `bad_credentials`, with the same text and after the same time whether or not the account exists;
   * 429; 503
   */
  async login({ email, password }: LoginDto, origin: Origin, signal: AbortSignal): Promise<TokensDto> {
    return whileUnchanged(async () => {
      const user = await this.credentials.check(
        { email, password, ip: origin.ip },
        () => this.users.findCredentials(email),
        BAD_CREDENTIALS,
        signal,
      );
      const source = await this.sessions.start(user.id, user.passwordHash, origin);
      if (!source) return undefined;
      try {
        if (this.passwords.isOutdated(user.passwordHash)) await this.renewHash(user, password, signal);
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
  async refresh(claims: TokenClaims, ip: string): Promise<TokensDto> {
    return this.tokens.issue(await this.sessions.rotate(claims, ip));
  }

  /** Hashes the password again. If that fails, the login still succeeds, and the next login tries again. */
  private async renewHash(user: Credentials, password: string, signal: AbortSignal): Promise<void> {
    try {
      const passwordHash = await this.passwords.hash(password, signal);
      await this.users.changeCredentials(user, { passwordHash });
    } catch (error) {
      if (!(error instanceof Problem || databaseFailure(error))) throw error;
    }
  }
}

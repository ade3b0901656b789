import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problems/problem';
import { type User } from '../users/user.entity';
import { UsersService } from '../users/users.service';
import { BAD_CREDENTIALS } from './auth.problems';
import { type LoginDto, type RegisterDto } from './dto/credentials.dto';
import { type TokensDto } from './dto/tokens.dto';
import { PasswordsService } from './passwords.service';
import { type Origin, SessionsService } from './sessions.service';
import { type TokenClaims, TokensService } from './tokens.service';

/** Registration, login and what keeps a login alive. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
    private readonly tokens: TokensService,
  ) {}

  /** @throws Problem `email_taken` */
  async register({ email, password }: RegisterDto): Promise<User> {
    return this.users.create(email, await this.passwords.hash(password));
  }

  /** @throws Problem `bad_credentials`, in the same words and after the same time whether or not the account exists */
  async login({ email, password }: LoginDto, origin: Origin): Promise<TokensDto> {
    const user = await this.users.findByEmail(email);
    const matches = await this.passwords.verify(user?.passwordHash, password);
    if (!user || !matches) throw new Problem(BAD_CREDENTIALS);
    return this.tokens.issue(await this.sessions.start(user.id, origin));
  }

  /** @throws Problem `unauthenticated`, `token_reused` */
  async refresh(claims: TokenClaims): Promise<TokensDto> {
    return this.tokens.issue(await this.sessions.rotate(claims));
  }
}

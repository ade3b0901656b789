import {
  Body,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  Get,
  Header,
  HttpCode,
  Inject,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../../common/access';
import { ApiFeature } from '../../common/api-feature.decorator';
import { CurrentExecutor } from '../../common/current-executor';
import { RequestSignal } from '../../common/http/request-signal';
import { ApiProblems } from '../../common/problems/api-problems.decorator';
import { TOO_MANY_REQUESTS } from '../../common/problems/problem';
import { Environment } from '../../config/environment';
import { type Executor } from '../../database/executor';
import { toUserDto, UserDto } from '../../users/dto/user.dto';
import { EMAIL_TAKEN } from '../../users/users.problems';
import { BAD_CREDENTIALS, NO_ISSUER_URL, REGISTRATION_CLOSED, TOKEN_REUSED } from '../auth.problems';
import { AuthService } from './auth.service';
import { NeedsHash } from '../passwords/login-admission';
import { LoginDto, RegisterDto } from './dto/credentials.dto';
import { JwksDto } from '../tokens/dto/jwks.dto';
import { IssuerDto } from '../tokens/dto/issuer.dto';
import { issuerOf } from '../tokens/issuer';
import { TokensDto } from '../tokens/dto/tokens.dto';
import { SessionsService } from '../sessions/sessions.service';
import { Throttled } from '../throttling/throttle.guard';
import { KEY_RING, type KeyRing } from '../tokens/key-ring';
import { type TokenClaims } from '../tokens/token-claims';

/** The claims of the refresh token, for routes with `@Access('refresh')`. */
const RefreshClaims = createParamDecorator((_data: unknown, context: ExecutionContext): TokenClaims => {
  const { user } = context.switchToHttp().getRequest<FastifyRequest & { user: TokenClaims }>();
  return user;
});

@ApiFeature('auth', 'Registration, login and tokens')
@Controller()
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
    @Inject(KEY_RING) private readonly keys: KeyRing,
    private readonly environment: Environment,
  ) {}

  /**
   * Create an account
   * @remarks While registration is closed (`REGISTRATION`), only the access token of an admin lets a request in.
   */
  @Post('register')
  @NeedsHash()
  @Access('registration')
  @Header('Cache-Control', 'no-store')
  @Throttled('registrations')
  @ApiProblems(REGISTRATION_CLOSED, EMAIL_TAKEN)
  async register(
    @Body() dto: RegisterDto,
    @CurrentExecutor() executor: Executor,
    @RequestSignal() signal: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserDto> {
    const user = await this.auth.register(dto, { executor, signal });
    void reply.header('location', `/users/${user.id}`);
    return toUserDto(user);
  }

  /** Log in */
  @Post('login')
  @NeedsHash()
  @HttpCode(200)
  @Access('public')
  @Header('Cache-Control', 'no-store')
  @ApiProblems(BAD_CREDENTIALS, TOO_MANY_REQUESTS)
  async login(
    @Body() dto: LoginDto,
    @Req() request: FastifyRequest,
    @CurrentExecutor() executor: Executor,
    @RequestSignal() signal: AbortSignal,
  ): Promise<TokensDto> {
    return this.auth.login(
      dto,
      { userAgent: request.headers['user-agent'], ip: request.ip },
      { executor, signal },
    );
  }

  /**
   * Log out
   * @remarks Ends the session: its access and refresh tokens stop working at once.
   */
  @Post('logout')
  @HttpCode(204)
  @Access('user')
  async logout(@CurrentCaller() caller: Caller, @CurrentExecutor() executor: Executor): Promise<void> {
    await this.sessions.logOut(caller, executor);
  }

  /**
   * Exchange the refresh token for new tokens
   * @remarks Send the refresh token as `Authorization: Bearer …`. It can be used once.
   */
  @Post('refresh')
  @HttpCode(200)
  @Access('refresh')
  @Throttled('refreshes')
  @ApiProblems(TOKEN_REUSED)
  async refresh(
    @RefreshClaims() claims: TokenClaims,
    @Req() request: FastifyRequest,
    @CurrentExecutor() executor: Executor,
  ): Promise<TokensDto> {
    return this.auth.refresh(executor, claims, request.ip);
  }

  /** Get the public keys that verify tokens */
  @Get('.well-known/jwks.json')
  @Access('public')
  jwks(): JwksDto {
    return { keys: [...this.keys.verificationKeys.values()].map(({ jwk }) => jwk) };
  }

  /**
   * Get the address of the public keys
   * @remarks For gateways that verify tokens: they find the keys by the issuer. It exists only where the issuer
   * (`JWT_ISSUER`) is a URL.
   */
  @Get('.well-known/openid-configuration')
  @Access('public')
  @ApiProblems(NO_ISSUER_URL)
  issuer(): IssuerDto {
    return issuerOf(this.environment);
  }
}

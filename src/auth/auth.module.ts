import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Metrics } from '../common/metrics';
import { Environment } from '../config/environment';
import { UsersModule } from '../users/users.module';
import { AccountController } from './account/account.controller';
import { AccountService } from './account/account.service';
import { AuthController } from './account/auth.controller';
import { AuthService } from './account/auth.service';
import { BackgroundThreads } from './background-threads';
import { CleanupService } from './cleanup.service';
import { CredentialsService } from './account/credentials.service';
import { FirstAdminService } from './account/first-admin.service';
import { LoginAddress } from './sessions/login-address.entity';
import { PasswordsService } from './passwords/passwords.service';
import { Session } from './sessions/session.entity';
import { LoginAddressesRepository } from './sessions/login-addresses.repository';
import { SessionsRepository } from './sessions/sessions.repository';
import { SessionsService } from './sessions/sessions.service';
import { HashQueue } from './passwords/hash-queue';
import { measured } from './passwords/hash-queue.metrics';
import { KEY_RING, loadKeyRing } from './tokens/key-ring';
import { Throttle } from './throttling/throttle.entity';
import { ThrottleRepository } from './throttling/throttle.repository';
import { ThrottleService } from './throttling/throttle.service';
import { AccessTokenStrategy } from './tokens/access-token.strategy';
import { RefreshTokenStrategy } from './tokens/refresh-token.strategy';
import { AccessTokenGuard, RefreshTokenGuard } from './tokens/token.guards';
import { TokensService } from './tokens/tokens.service';

@Module({
  imports: [TypeOrmModule.forFeature([Session, Throttle, LoginAddress]), UsersModule],
  controllers: [AuthController, AccountController],
  providers: [
    AuthService,
    AccountService,
    CredentialsService,
    BackgroundThreads,
    CleanupService,
    {
      provide: HashQueue,
      inject: [Environment, Metrics],
      useFactory: ({ webConcurrency, requestTimeout }: Environment, metrics: Metrics) =>
        measured(new HashQueue(webConcurrency, requestTimeout), metrics),
    },
    ThrottleService,
    ThrottleRepository,
    PasswordsService,
    SessionsService,
    SessionsRepository,
    LoginAddressesRepository,
    TokensService,
    FirstAdminService,
    AccessTokenStrategy,
    RefreshTokenStrategy,
    AccessTokenGuard,
    RefreshTokenGuard,
    { provide: KEY_RING, inject: [Environment], useFactory: loadKeyRing },
  ],
  exports: [AccessTokenGuard, RefreshTokenGuard, FirstAdminService, PasswordsService, SessionsService],
})
export class AuthModule {}

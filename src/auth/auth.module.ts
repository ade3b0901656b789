import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../config/environment';
import { UsersModule } from '../users/users.module';
import { AccountController } from './account.controller';
import { AccountService } from './account.service';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';
import { BackgroundThreads } from './background-threads';
import { CleanupService } from './cleanup.service';
import { CredentialsService } from './credentials.service';
import { FirstAdminService } from './first-admin.service';
import { LoginAddress } from './login-address.entity';
import { PasswordsService } from './passwords.service';
import { Session } from './session.entity';
import { SessionsService } from './sessions.service';
import { HashQueue } from './hash-queue';
import { KEY_RING, loadKeyRing } from './key-ring';
import { Throttle } from './throttle.entity';
import { ThrottleService } from './throttle.service';
import { TokenAuthenticator } from './token-authenticator';
import { TokensService } from './tokens.service';

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
      inject: [Environment],
      useFactory: ({ webConcurrency, requestTimeout }: Environment) =>
        new HashQueue(webConcurrency, requestTimeout),
    },
    ThrottleService,
    PasswordsService,
    SessionsService,
    TokensService,
    FirstAdminService,
    TokenAuthenticator,
    { provide: KEY_RING, inject: [Environment], useFactory: loadKeyRing },
  ],
  exports: [TokenAuthenticator, FirstAdminService, PasswordsService, SessionsService],
})
export class AuthModule {}

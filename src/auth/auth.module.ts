import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../config/environment';
import { UsersModule } from '../users/users.module';
import { AccessGuard } from './access.guard';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';
import { FirstAdminService } from './first-admin.service';
import { PasswordsService } from './passwords.service';
import { Session } from './session.entity';
import { SessionsService } from './sessions.service';
import { loadSigningKey } from './signing-key';
import { AccessTokenStrategy, RefreshTokenStrategy } from './token.strategies';
import { SIGNING_KEY, TokensService } from './tokens.service';

@Module({
  imports: [TypeOrmModule.forFeature([Session]), UsersModule],
  controllers: [AuthController],
  providers: [
    AuthService,
    PasswordsService,
    SessionsService,
    TokensService,
    FirstAdminService,
    AccessTokenStrategy,
    RefreshTokenStrategy,
    { provide: SIGNING_KEY, inject: [Environment], useFactory: loadSigningKey },
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
})
export class AuthModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../config/environment';
import { UsersModule } from '../users/users.module';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';
import { FirstAdminService } from './first-admin.service';
import { PasswordsService } from './passwords.service';
import { Session } from './session.entity';
import { SessionsService } from './sessions.service';
import { loadSigningKey } from './signing-key';
import { TokenAuthenticator } from './token-authenticator';
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
    TokenAuthenticator,
    { provide: SIGNING_KEY, inject: [Environment], useFactory: loadSigningKey },
  ],
  exports: [TokenAuthenticator],
})
export class AuthModule {}

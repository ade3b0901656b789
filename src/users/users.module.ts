import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DevelopmentUsersController } from './development-users.controller';
import { EmailDomainsService } from './email-domains.service';
import { User } from './user.entity';
import { UsersController } from './users.controller';
import { UsersRepository } from './users.repository';
import { UsersService } from './users.service';

@Module({
  imports: [TypeOrmModule.forFeature([User])],
  controllers: [UsersController],
  providers: [UsersService, UsersRepository, EmailDomainsService],
  exports: [UsersService],
})
export class UsersModule {}

/** Routes that do not exist in production. */
@Module({ imports: [UsersModule], controllers: [DevelopmentUsersController] })
export class DevelopmentUsersModule {}

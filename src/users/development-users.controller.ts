import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import { CurrentExecutor } from '../common/current-executor';
import { type Executor } from '../database/executor';
import { Access } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { toUserDto, UserDto } from './dto/user.dto';
import { LAST_ADMIN, OWNS_STORES, USER_NOT_FOUND } from './users.problems';
import { UsersService } from './users.service';

/** Routes for development only. */
@ApiFeature('development', 'Without a token, from this machine only; absent in production')
@Controller('user')
export class DevelopmentUsersController {
  constructor(private readonly users: UsersService) {}

  /** Get a user without a token */
  @Get(':user_id')
  @Access('loopback')
  @ApiProblems(USER_NOT_FOUND)
  async get(@Param('user_id') id: number): Promise<UserDto> {
    return toUserDto(await this.users.getOrThrow(id));
  }

  /** Delete a user without a token */
  @Delete(':user_id')
  @HttpCode(204)
  @Access('loopback')
  @ApiProblems(USER_NOT_FOUND, OWNS_STORES, LAST_ADMIN)
  async delete(@Param('user_id') id: number, @CurrentExecutor() executor: Executor): Promise<void> {
    await this.users.remove(executor, id);
  }
}

import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { Access } from '../common/access';
import { ApiFeature } from '../common/api-feature.decorator';
import { CurrentExecutor } from '../common/current-executor';
import { type Executor } from '../database/executor';
import { ApiPage } from '../common/paging/api-page.decorator';
import { type Page } from '../reads/list/page';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { UpdateUserDto } from './dto/update-user.dto';
import { UserQueryDto } from './dto/user-query.dto';
import { toUserDto, UserDto } from './dto/user.dto';
import { LAST_ADMIN, OWNS_STORES, USER_NOT_FOUND } from './users.problems';
import { UsersService } from './users.service';

@ApiFeature('users', 'Accounts, for admins')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /** List users */
  @Get()
  @Access('admin')
  @ApiPage(UserDto)
  async list(@Query() query: UserQueryDto): Promise<Page<UserDto>> {
    return this.users.findPage(query);
  }

  /** Get a user */
  @Get(':id')
  @Access('admin')
  @ApiProblems(USER_NOT_FOUND)
  async get(@Param('id') id: number): Promise<UserDto> {
    return toUserDto(await this.users.getOrThrow(id));
  }

  /** Change the role of a user */
  @Patch(':id')
  @Access('admin')
  @ApiProblems(USER_NOT_FOUND, LAST_ADMIN)
  async update(
    @Param('id') id: number,
    @Body() { role }: UpdateUserDto,
    @CurrentExecutor() executor: Executor,
  ): Promise<UserDto> {
    return toUserDto(await this.users.setRole(executor, id, role));
  }

  /**
   * Delete a user
   * @remarks Ends all sessions of the user. Their stores must be deleted or given to another user first.
   */
  @Delete(':id')
  @HttpCode(204)
  @Access('admin')
  @ApiProblems(USER_NOT_FOUND, OWNS_STORES, LAST_ADMIN)
  async delete(@Param('id') id: number, @CurrentExecutor() executor: Executor): Promise<void> {
    await this.users.remove(executor, id);
  }
}

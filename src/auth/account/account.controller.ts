import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Req } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Access, type Caller, CurrentCaller } from '../../common/access';
import { ApiFeature } from '../../common/api-feature.decorator';
import { CurrentExecutor } from '../../common/current-executor';
import { RequestSignal } from '../../common/http/request-signal';
import { ApiProblems } from '../../common/problems/api-problems.decorator';
import { TOO_MANY_REQUESTS } from '../../common/problems/problem';
import { type Executor } from '../../database/executor';
import { toUserDto, UserDto } from '../../users/dto/user.dto';
import { EMAIL_TAKEN, LAST_ADMIN, OWNS_STORES } from '../../users/users.problems';
import { AccountService } from './account.service';
import { SESSION_NOT_FOUND, WRONG_PASSWORD } from '../auth.problems';
import { DeleteAccountDto, UpdateAccountDto } from './dto/account.dto';
import { SessionDto, toSessionDto } from '../sessions/dto/session.dto';
import { SessionsService } from '../sessions/sessions.service';

/** The caller's own account and sessions. */
@ApiFeature('account', 'Your own account and sessions')
@Controller()
export class AccountController {
  constructor(
    private readonly account: AccountService,
    private readonly sessions: SessionsService,
  ) {}

  /** Get your own account */
  @Get('me')
  @Access('user')
  async get(@CurrentCaller() caller: Caller): Promise<UserDto> {
    return toUserDto(await this.account.get(caller));
  }

  /**
   * Change your e-mail address or password
   * @remarks A new password ends every other session.
   */
  @Patch('me')
  @Access('user')
  @ApiProblems(WRONG_PASSWORD, EMAIL_TAKEN, TOO_MANY_REQUESTS)
  async update(
    @Body() dto: UpdateAccountDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @CurrentExecutor() executor: Executor,
    @RequestSignal() signal: AbortSignal,
  ): Promise<UserDto> {
    return toUserDto(await this.account.update(dto, { caller, ip: request.ip, executor, signal }));
  }

  /**
   * Delete your account
   * @remarks Ends all your sessions. Delete your stores first, or have an admin give them to another user.
   */
  @Post('me/deletion')
  @HttpCode(204)
  @Access('user')
  @ApiProblems(WRONG_PASSWORD, OWNS_STORES, LAST_ADMIN, TOO_MANY_REQUESTS)
  async delete(
    @Body() dto: DeleteAccountDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @CurrentExecutor() executor: Executor,
    @RequestSignal() signal: AbortSignal,
  ): Promise<void> {
    await this.account.remove(dto, { caller, ip: request.ip, executor, signal });
  }

  /** List your sessions */
  @Get('sessions')
  @Access('user')
  async listSessions(@CurrentCaller() caller: Caller): Promise<SessionDto[]> {
    const sessions = await this.sessions.findLive(caller.userId);
    return sessions.map((session) => toSessionDto(session, caller.sessionId));
  }

  /**
   * End one of your sessions
   * @remarks Its tokens stop working at once.
   */
  @Delete('sessions/:id')
  @HttpCode(204)
  @Access('user')
  @ApiProblems(SESSION_NOT_FOUND)
  async endSession(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
    @CurrentExecutor() executor: Executor,
  ): Promise<void> {
    await this.sessions.end(executor, id, caller.userId);
  }
}

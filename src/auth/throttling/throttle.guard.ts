import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { type ExecutingRequest } from '../../common/current-executor';
import { ApiProblems } from '../../common/problems/api-problems.decorator';
import { TOO_MANY_REQUESTS } from '../../common/problems/problem';
import { ThrottleService } from './throttle.service';

const COUNTED = 'emporium:counted';
type Counted = Parameters<ThrottleService['count']>[1];

/** Counts the calls of a route by the caller's address. It runs after the input guard, so invalid input is not counted. */
@Injectable()
class ThrottleGuard implements CanActivate {
  constructor(private readonly throttle: ThrottleService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const what = Reflect.getMetadata(COUNTED, context.getHandler()) as Counted;
    const { executor, ip } = http.getRequest<ExecutingRequest>();
    const headers = await this.throttle.count(executor, what, ip);
    void http.getResponse<FastifyReply>().headers(headers);
    return true;
  }
}

/** Throttles a route by address, and documents it. */
export function Throttled(what: Counted): MethodDecorator {
  return applyDecorators(
    SetMetadata(COUNTED, what),
    UseGuards(ThrottleGuard),
    ApiProblems(TOO_MANY_REQUESTS),
  );
}

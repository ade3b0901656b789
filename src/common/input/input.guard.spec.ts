import 'reflect-metadata';
import { type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { loadEnvironment } from '../../config/environment';
import { InputGuard } from './input.guard';
import { Name } from './rules';

class Dto {
  @Name()
  name!: string;
}

/** A controller; what its handler does is not the guard's business. */
class Controller {
  readonly path = '/';
}
const handle = (): void => undefined;

/** Runs the guard for a handler whose first argument has this key in Nest's metadata, and the class as its type. */
function check(key: string, request: object): void {
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, { [key]: { index: 0 } }, Controller, 'handle');
  Reflect.defineMetadata('design:paramtypes', [Dto], Controller.prototype, 'handle');
  const context = {
    getClass: () => Controller,
    getHandler: () => handle,
    switchToHttp: () => ({ getRequest: () => ({ headers: {}, params: {}, query: {}, ...request }) }),
  };
  new InputGuard(loadEnvironment({})).canActivate(context as unknown as ExecutionContext);
}

describe('InputGuard', () => {
  it('checks a body that the handler asks for', () => {
    expect(() => {
      check('3:0', { body: {} });
    }).toThrow();
  });

  // Nest makes the keys of custom decorators of 21 random characters, which may begin like those of its own.
  it.each(['3a', '4b', '5c', '33'])('takes no custom decorator for a body or a query: %s', (start) => {
    check(`${start}f09e8d7c6b5a4f3e2d1__customRouteArgs__:0`, {});
  });
});

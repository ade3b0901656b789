import { isProblem } from 'emporium-client';
import { connection } from './connection/connection';
import { Cancelled, PanelError, toPanelError } from './panel-error';
import { loginAgain } from './session/login-again';

let onForbidden: () => void = () => undefined;

/** @param listener is told when the person may not do what the panel has offered */
export function whenForbidden(listener: () => void): void {
  onForbidden = listener;
}

/**
 * Makes a call for the person who is logged in. If their session has ended, they can log in on the spot, and the call is
 * made again: what they have typed stays.
 *
 * @throws PanelError; Cancelled if they leave instead
 */
export async function asUser<Result>(call: () => PromiseLike<Result>): Promise<Result> {
  for (;;) {
    try {
      const result = await call();
      connection.works();
      return result;
    } catch (error) {
      if (isProblem(error, 'unauthenticated', 'token_reused')) {
        if (await loginAgain.ask()) continue;
        throw new Cancelled();
      }
      const told = toPanelError(error);
      if (told instanceof PanelError && told.status === 0) connection.fails('lost');
      if (told instanceof PanelError && told.status === 503) connection.fails('busy');
      if (told instanceof PanelError && told.code === 'forbidden') onForbidden();
      throw told;
    }
  }
}

import { Question } from '../question';

class LoginAgain extends Question<undefined, boolean> {
  private running: Promise<boolean> | undefined;

  /** Calls that fail together share one dialog. */
  override ask(): Promise<boolean> {
    this.running ??= super.ask(undefined).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }
}

/** Asks the person to log in again; the answer is whether they have done so. */
export const loginAgain = new LoginAgain();

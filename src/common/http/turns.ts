/**
 * Lets one of the requests of a kind begin in each turn of the event loop, so that hundreds that arrive at once are not
 * all served before anybody else: what else arrives meanwhile comes in between.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** Calls back when it is this one's turn. */
  wait(begin: () => void): void {
    this.waiting.push(begin);
    if (this.waiting.length === 1) setImmediate(this.next);
  }

  private readonly next = (): void => {
    try {
      this.waiting[0]?.();
    } finally {
      this.waiting.shift();
      if (this.waiting.length > 0) setImmediate(this.next);
    }
  };
}

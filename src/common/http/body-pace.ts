/** A client that sends nothing for so long is cut off, in milliseconds. */
const MAX_SILENCE = 30_000;

/** After so many milliseconds a client must have sent at least `MIN_RATE` on average. */
const GRACE = 30_000;

/** Bytes a second. */
const MIN_RATE = 1024;

/** Finds out whether a client sends its body so slowly that others should get its connection. */
export class BodyPace {
  private bytes = 0;
  private heardAt: number;

  /** @param begin in milliseconds, like `now` below */
  constructor(private readonly begin: number) {
    this.heardAt = begin;
  }

  /** @param bytes all that have arrived by now */
  isTooSlow(bytes: number, now: number): boolean {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.heardAt = now;
    }
    if (now - this.heardAt >= MAX_SILENCE) return true;
    return now - this.begin > GRACE && bytes < ((now - this.begin) / 1000) * MIN_RATE;
  }
}

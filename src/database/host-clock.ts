/** The clock of this machine. Tests replace it. */
export class HostClock {
  /** seconds since 1970 */
  now(): number {
    return Date.now() / 1000;
  }
}

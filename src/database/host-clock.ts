import { Injectable } from '@nestjs/common';

/** The clock of this machine. Tests replace it. */
@Injectable()
export class HostClock {
  /** seconds since 1970 */
  now(): number {
    return Date.now() / 1000;
  }
}

import { Injectable } from '@nestjs/common';

/** The clock of the machine that this process runs on. Tests set it wrong. */
@Injectable()
export class HostClock {
  /** seconds since 1970 */
  now(): number {
    return Date.now() / 1000;
  }
}

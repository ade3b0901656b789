import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from './database';
import { DatabaseClock } from './database-clock';

/** Time between two measurements, in milliseconds. */
const INTERVAL = 30_000;

/** Measures the database's clock at the start, then regularly, and when there is doubt. */
@Injectable()
export class ClockWatch implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isMeasuring = false;

  constructor(
    private readonly database: Database,
    private readonly clock: DatabaseClock,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.measure();
    this.timer = setInterval(() => void this.measure(), INTERVAL).unref();
    this.clock.onDoubt = () => void this.measure();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.clock.onDoubt = () => undefined;
  }

  /** Without an answer the last difference stays in use. Other code reports that the database is unavailable. */
  private readonly measure = async (): Promise<void> => {
    if (this.isMeasuring) return;
    this.isMeasuring = true;
    await this.clock.measure(this.database).catch(() => undefined);
    this.isMeasuring = false;
  };
}

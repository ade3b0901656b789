import path from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { KEY_RING, type KeyRing } from './tokens/key-ring';

/**
 * Threads for what takes milliseconds of a processor: hashing and signing. They have a low priority, because requests need
 * the processors, too.
 */
@Injectable()
export class BackgroundThreads implements OnApplicationShutdown {
  private readonly threads: Piscina;

  constructor(@Inject(KEY_RING) { privateKey }: KeyRing) {
    this.threads = new Piscina({
      filename: path.join(__dirname, 'background-worker.cjs'),
      // A key takes longer to hand over than to sign with.
      workerData: { privateKey },
      niceIncrement: 10,
      minThreads: 0,
      idleTimeout: 60_000,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.destroy();
  }

  /** @param name of a function in background-worker.cjs */
  async run<T>(name: string, task: object): Promise<T> {
    return (await this.threads.run(task, { name })) as T;
  }
}

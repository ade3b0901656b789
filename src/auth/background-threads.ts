import path from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { KEY_RING, type KeyRing } from './tokens/key-ring';

/**
 * Threads for hashing and signing, which take milliseconds of processor time. They have a low priority, so that
 * requests are served first.
 */
@Injectable()
export class BackgroundThreads implements OnApplicationShutdown {
  private readonly threads: Piscina;

  constructor(@Inject(KEY_RING) { privateKey }: KeyRing) {
    this.threads = new Piscina({
      filename: path.join(__dirname, 'background-worker.cjs'),
      // The key is passed once, because passing it takes longer than signing.
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

import { type AddressInfo, createServer } from 'node:net';
import { Client } from './client';
import { EmporiumProcess } from './process';

/** The compiled program at a fixed port, which can be stopped, killed and started again. */
export class Instance {
  readonly client: Client;
  private process: EmporiumProcess | undefined;

  constructor(
    private readonly settings: Record<string, string>,
    readonly port: number,
  ) {
    this.client = new Client(`http://127.0.0.1:${port}`);
  }

  /** Resolves when it listens. A start that gives up, because its database is down, is tried again. */
  async start(): Promise<void> {
    for (;;) {
      this.process = EmporiumProcess.spawn({ ...this.settings, PORT: String(this.port) });
      const isListening = this.process.line('listening').then(
        () => true,
        () => false,
      );
      const hasEnded = this.process.exited.then(() => false);
      if (await Promise.race([isListening, hasEnded])) return;
    }
  }

  /** @returns the exit status, or the name of the signal that ended it */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string | undefined> {
    return this.process?.kill(signal);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

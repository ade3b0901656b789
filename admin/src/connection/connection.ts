import { useSyncExternalStore } from 'react';
import { api } from '../api';
import { readAgain } from '../query-client';

/** How often a lost server is asked again, in milliseconds. */
const INTERVAL = 2000;

/** Why something could not be read: no answer, or a server that says that it cannot. */
export type Trouble = 'lost' | 'busy';

/** Whether the server answers, as far as the last calls tell. */
class Connection {
  private trouble: Trouble | undefined;
  private isWaiting = false;
  private readonly listeners = new Set<() => void>();

  works(): void {
    this.set(undefined);
  }

  fails(trouble: Trouble): void {
    this.set(trouble);
    if (!this.isWaiting) void this.waitForServer();
  }

  useTrouble(): Trouble | undefined {
    return useSyncExternalStore(this.subscribe, () => this.trouble);
  }

  /** Also if other calls work meanwhile: what could not be read is read again. */
  private async waitForServer(): Promise<void> {
    this.isWaiting = true;
    while (this.isWaiting) {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      try {
        await api.health.ready();
        this.isWaiting = false;
        this.works();
        readAgain();
      } catch {
        // It is asked again.
      }
    }
  }

  private set(trouble: Trouble | undefined): void {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    for (const listener of this.listeners) listener();
  }

  private readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };
}

export const connection = new Connection();

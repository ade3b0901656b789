import { useSyncExternalStore } from 'react';
import { api } from '../api';
import { readAgain } from '../query-client';

/** How often a lost server is asked again, in milliseconds. */
const INTERVAL = 2000;

/** Whether the server answers, as far as the last calls tell. */
class Connection {
  private isLost = false;
  private readonly listeners = new Set<() => void>();

  works(): void {
    this.set(false);
  }

  fails(): void {
    if (this.isLost) return;
    this.set(true);
    void this.waitForServer();
  }

  useIsLost(): boolean {
    return useSyncExternalStore(this.subscribe, () => this.isLost);
  }

  private async waitForServer(): Promise<void> {
    while (this.isLost) {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      try {
        await api.health.ready();
        this.works();
        readAgain();
      } catch {
        // It is asked again.
      }
    }
  }

  private set(isLost: boolean): void {
    if (this.isLost === isLost) return;
    this.isLost = isLost;
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

import { type Row } from '../database/executor';

interface Request {
  resolve: (row: Row | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Finds rows by their key, which is their first column. Requests that come while a statement is under way share the next
 * one. It begins after each of them came, so that none sees a state from before its own beginning.
 */
export class Lookup {
  private waiting = new Map<string, Request[]>();
  private isBusy = false;

  /** @param read takes the keys as an array literal of PostgreSQL */
  constructor(private readonly read: (keys: string) => Promise<Row[]>) {}

  find(key: number | string): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      const text = String(key);
      const requests = this.waiting.get(text);
      if (requests) requests.push({ resolve, reject });
      else this.waiting.set(text, [{ resolve, reject }]);
      if (this.isBusy) return;
      this.isBusy = true;
      setImmediate(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0) {
      const requests = this.waiting;
      this.waiting = new Map();
      try {
        const rows = await this.read(`{${[...requests.keys()].join(',')}}`);
        for (const row of rows) settle(requests, row);
        for (const each of requests.values()) for (const { resolve } of each) resolve(undefined);
      } catch (error) {
        for (const each of requests.values()) for (const { reject } of each) reject(error);
      }
    }
    this.isBusy = false;
  }
}

function settle(requests: Map<string, Request[]>, row: Row): void {
  const key = row[0] ?? '';
  for (const { resolve } of requests.get(key) ?? []) resolve(row);
  requests.delete(key);
}

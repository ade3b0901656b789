import { type Row } from '../database/executor';

interface Request {
  resolve: (row: Row | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Finds rows by their key, which is their first column. Requests that arrive while a statement runs share the next
 * statement. It starts after all of them arrived, so none of them gets data that is older than itself.
 */
export class Lookup {
  private waiting = new Map<string, Request[]>();
  private isBusy = false;

  /** @param read gets the keys as a PostgreSQL array literal */
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

import { type Row } from '../database/executor';

interface Asker {
  resolve: (row: Row | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Rows by their key, which is their first column. Whoever asks while a statement is under way is answered by the next
 * one, together: it begins after each of them asked, so that nobody sees anything older than their question.
 */
export class Lookup {
  private waiting = new Map<string, Asker[]>();
  private isBusy = false;

  /** @param read takes the keys as an array literal of PostgreSQL */
  constructor(private readonly read: (keys: string) => Promise<Row[]>) {}

  find(key: number | string): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      const text = String(key);
      const askers = this.waiting.get(text);
      if (askers) askers.push({ resolve, reject });
      else this.waiting.set(text, [{ resolve, reject }]);
      if (this.isBusy) return;
      this.isBusy = true;
      setImmediate(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0) {
      const askers = this.waiting;
      this.waiting = new Map();
      try {
        const rows = await this.read(`{${[...askers.keys()].join(',')}}`);
        for (const row of rows) settle(askers, row);
        for (const each of askers.values()) for (const { resolve } of each) resolve(undefined);
      } catch (error) {
        for (const each of askers.values()) for (const { reject } of each) reject(error);
      }
    }
    this.isBusy = false;
  }
}

function settle(askers: Map<string, Asker[]>, row: Row): void {
  const key = row[0] ?? '';
  for (const { resolve } of askers.get(key) ?? []) resolve(row);
  askers.delete(key);
}

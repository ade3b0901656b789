import { ImportCancelled } from './import-cancelled';

/** How far an import is, or its undo. */
export class Progress {
  processed = 0;
  isCancelled = false;

  /** @param stop ends the work */
  constructor(
    public rows: number,
    private readonly stop?: AbortSignal,
  ) {}

  /** Does a work part by part. @param work is told how far it is by what it returns: the rows of its part */
  async inParts<Part>(parts: readonly Part[], work: (part: Part) => Promise<number>): Promise<void> {
    for (const part of parts) {
      this.check();
      this.processed += await work(part);
    }
    this.check();
  }

  /** @throws ImportCancelled, or the reason why all work must stop */
  check(): void {
    if (this.isCancelled) throw new ImportCancelled();
    this.stop?.throwIfAborted();
  }
}

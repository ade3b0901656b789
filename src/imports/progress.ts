import { type Lines } from './item-writes.repository';

/** Somebody asks for the end of an import. What it has written must be rolled back. */
export class ImportCancelled extends Error {}

/** How far an import is that is running. */
export class Progress {
  processed = 0;
  isCancelled = false;

  constructor(public rows: number) {}

  /** Does a work part by part. @param work is told how far it is by what it returns: the rows of its part */
  async inParts(parts: readonly Lines[], work: (part: Lines) => Promise<number>): Promise<void> {
    for (const part of parts) {
      this.checkWanted();
      this.processed += await work(part);
    }
    this.checkWanted();
  }

  private checkWanted(): void {
    if (this.isCancelled) throw new ImportCancelled();
  }
}

import { type UndoableMutation } from 'react-admin';

let pending: UndoableMutation[] = [];

/**
 * What is deleted on the screen, and not yet on the server. Only the last deletion can be taken back, and all are done when
 * its time is over: the lists are read again after each that is done, and would show the rows of those that still wait.
 */
export const pendingDeletion = {
  get last(): UndoableMutation | undefined {
    return pending.at(-1);
  },

  add(deletion: UndoableMutation): void {
    pending.push(deletion);
  },

  /** Deletes on the server what is pending. */
  finish(): void {
    this.end(this.last, false);
  },

  /** Does nothing if this deletion is not the last any more. */
  end(deletion: UndoableMutation | undefined, isUndo: boolean): void {
    if (!deletion || deletion !== this.last) return;
    const ended = pending;
    pending = [];
    for (const one of ended) one({ isUndo: isUndo && one === deletion });
  },
};

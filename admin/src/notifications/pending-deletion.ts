import { type UndoableMutation } from 'react-admin';

let pending: UndoableMutation | undefined;

/**
 * What is deleted on the screen, and not yet on the server, because it can still be taken back. There is one deletion at
 * most: the time of the former is over when another one begins. react-admin would let each wait for the message of the one
 * before.
 */
export const pendingDeletion = {
  get current(): UndoableMutation | undefined {
    return pending;
  },

  add(deletion: UndoableMutation): void {
    this.finish();
    pending = deletion;
  },

  /** Deletes on the server what is pending. */
  finish(): void {
    this.end(pending, false);
  },

  /** Does nothing if this deletion is not pending any more. */
  end(deletion: UndoableMutation | undefined, isUndo: boolean): void {
    if (!deletion || deletion !== pending) return;
    pending = undefined;
    deletion({ isUndo });
  },
};

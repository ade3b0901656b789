import { ConflictDialog } from '../conflicts/conflict-dialog';
import { LoginAgainDialog } from '../session/login-again-dialog';

/** Dialogs that code outside React opens. */
export function Dialogs() {
  return (
    <>
      <ConflictDialog />
      <LoginAgainDialog />
    </>
  );
}

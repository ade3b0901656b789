import { type ReactNode } from 'react';
import { SaveButton, Toolbar } from 'react-admin';

/** Below a form: the button that saves, and at the other end the one that deletes. */
export function FormToolbar({ children }: { children: ReactNode }) {
  return (
    <Toolbar sx={{ justifyContent: 'space-between' }}>
      <SaveButton />
      {children}
    </Toolbar>
  );
}

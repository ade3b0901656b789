import { type ReactNode } from 'react';
import { SaveButton, Toolbar } from 'react-admin';
import { useFormState } from 'react-hook-form';
import { useKeptFocus } from './use-kept-focus';

/** Below a form: the button that saves, and at the other end the one that deletes. */
export function FormToolbar({ children }: { children?: ReactNode }) {
  const { isSubmitting } = useFormState();
  const button = useKeptFocus(isSubmitting);
  return (
    <Toolbar sx={{ justifyContent: 'space-between' }}>
      <SaveButton ref={button} />
      {children}
    </Toolbar>
  );
}

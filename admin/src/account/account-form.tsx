import { Button, Stack } from '@mui/material';
import { type ReactNode } from 'react';
import { Form, PasswordInput, required, useNotify, useTranslate } from 'react-admin';
import { useFormContext } from 'react-hook-form';
import { useKeptFocus } from '../layout/use-kept-focus';
import { PanelError } from '../panel-error';

export interface AccountFormProps {
  /** what is to be changed */
  children: ReactNode;
  defaultValues?: object;
  saveLabel: string;
  savedText: string;
  /** @throws PanelError */
  onSave: (values: Record<string, string>) => Promise<void>;
}

/** A change of the own account, which needs the current password. */
export function AccountForm({
  children,
  defaultValues = {},
  saveLabel,
  savedText,
  onSave,
}: AccountFormProps) {
  const notify = useNotify();
  const translate = useTranslate();
  const save = async (values: Record<string, string>) => {
    try {
      await onSave(values);
      notify(savedText, { type: 'success' });
      return undefined;
    } catch (error) {
      if (!(error instanceof PanelError)) throw error;
      return error.body.errors;
    }
  };
  return (
    <Form onSubmit={save} defaultValues={defaultValues} warnWhenUnsavedChanges>
      <Stack sx={{ alignItems: 'flex-start' }}>
        {children}
        <PasswordInput
          source="current_password"
          label={translate('emporium.account.current_password')}
          autoComplete="current-password"
          validate={required()}
        />
        <SubmitButton label={saveLabel} />
      </Stack>
    </Form>
  );
}

function SubmitButton({ label }: { label: string }) {
  const { formState } = useFormContext();
  const button = useKeptFocus(formState.isSubmitting);
  return (
    <Button ref={button} type="submit" variant="contained" disabled={formState.isSubmitting}>
      {label}
    </Button>
  );
}

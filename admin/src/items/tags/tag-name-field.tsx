import { Autocomplete, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';

export interface TagNameFieldProps {
  value: string;
  /** suggestions */
  names: readonly string[];
  isDisabled?: boolean;
  error?: unknown;
  /** shown where there is no error */
  help?: string | false;
  onType: (text: string) => void;
}

/** The name of a tag, which need not be there yet. */
export function TagNameField({ value, names, isDisabled = false, error, help, onType }: TagNameFieldProps) {
  const translate = useTranslate();
  return (
    <Autocomplete
      freeSolo
      fullWidth
      disableClearable
      disabled={isDisabled}
      options={names}
      inputValue={value}
      filterOptions={(options) => options}
      onInputChange={(_event, text) => {
        onType(text);
      }}
      renderInput={(params) => (
        <TextField
          {...params}
          autoFocus
          label={translate('emporium.items.bulk.tag')}
          error={Boolean(error)}
          helperText={error instanceof Error ? error.message : help}
        />
      )}
    />
  );
}

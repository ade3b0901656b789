import { MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';

interface ChoiceProps<Value extends string> {
  /** the key of its label among the texts of imports; those of the values are below it */
  name: string;
  value: Value;
  values: readonly Value[];
  onChange: (value: Value) => void;
}

/** One of a few values. */
export function Choice<Value extends string>({ name, value, values, onChange }: ChoiceProps<Value>) {
  const translate = useTranslate();
  return (
    <TextField
      select
      id={`import-${name}`}
      label={translate(`emporium.imports.${name}.label`)}
      value={value}
      onChange={(event) => {
        onChange(event.target.value as Value);
      }}
    >
      {values.map((each) => (
        <MenuItem key={each} value={each}>
          {translate(`emporium.imports.${name}.${KEYS[each] ?? each}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}

/** A key of a text cannot be a point. */
const KEYS: Readonly<Record<string, string>> = { '.': 'point', ',': 'comma', ';': 'semicolon', '|': 'pipe' };

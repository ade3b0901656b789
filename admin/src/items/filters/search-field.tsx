import SearchIcon from '@mui/icons-material/Search';
import { InputAdornment, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useItemFilter } from '../item-filter';
import { useTyped } from './use-typed';

/** The API reads 200 characters at most. */
const LONGEST = 200;

export function SearchField() {
  const [filter, change] = useItemFilter();
  const translate = useTranslate();
  const [text, setText] = useTyped(
    filter.q ?? '',
    (typed) => {
      change({ q: toQuery(typed) });
    },
    (typed) => toQuery(typed) ?? '',
  );
  return (
    <TextField
      type="search"
      label={translate('emporium.items.search')}
      placeholder={translate('emporium.items.search_help')}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      slotProps={{
        htmlInput: { maxLength: LONGEST },
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <SearchIcon fontSize="small" />
            </InputAdornment>
          ),
        },
      }}
    />
  );
}

function toQuery(text: string): string | undefined {
  return text.trim() === '' ? undefined : text;
}

import { SearchInput, type SearchInputProps, useTranslate } from 'react-admin';

/** The search field of a list, as one of its `filters`. react-admin gives it a placeholder only, which is no label. */
export function Search(props: SearchInputProps) {
  const translate = useTranslate();
  return (
    <SearchInput {...props} slotProps={{ htmlInput: { 'aria-label': translate('ra.action.search') } }} />
  );
}

import { Button, Stack, TextField } from '@mui/material';
import { type SyntheticEvent, useState } from 'react';
import { useListContext, useListPaginationContext, useTranslate } from 'react-admin';
import { LAST_ROW_BY_PAGE } from '../data/data-provider';
import { useHasNoStore } from '../stores/no-store';
import { Pages, UnreachedRows } from '../layout/pages';

/** The pages, and a field to jump to one. */
export function ItemPages() {
  const { total = 0, perPage } = useListPaginationContext();
  if (useHasNoStore()) return null;
  return (
    <>
      <Stack
        direction="row"
        sx={{ flexWrap: 'wrap', alignItems: 'center', justifyContent: 'flex-end', gap: 1 }}
      >
        {total > perPage && <JumpToPage />}
        <Pages />
      </Stack>
      <UnreachedRows />
    </>
  );
}

function JumpToPage() {
  const { total = 0, perPage, setPage } = useListContext();
  const translate = useTranslate();
  const [text, setText] = useState('');
  const last = Math.ceil(Math.min(total, LAST_ROW_BY_PAGE) / perPage);
  const jump = (event: SyntheticEvent) => {
    event.preventDefault();
    const page = Number(text);
    if (Number.isInteger(page) && page >= 1) setPage(Math.min(page, last));
    setText('');
  };
  return (
    <Stack
      component="form"
      direction="row"
      noValidate
      onSubmit={jump}
      sx={{ alignItems: 'center', gap: 1, paddingX: 1 }}
    >
      <TextField
        label={translate('emporium.items.jump')}
        type="number"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
        slotProps={{ htmlInput: { min: 1, max: last } }}
        sx={{ width: 150 }}
      />
      <Button type="submit">{translate('emporium.items.jump_submit')}</Button>
    </Stack>
  );
}

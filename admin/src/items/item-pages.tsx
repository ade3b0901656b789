import { Alert, Button, Stack, TextField } from '@mui/material';
import { type SyntheticEvent, useState } from 'react';
import { ListPaginationContext, useListContext, useListPaginationContext, useTranslate } from 'react-admin';
import { LAST_ROW_BY_PAGE } from '../data/data-provider';
import { Pages } from '../layout/pages';

/** The pages, a field to jump to one, and a word about those that the API cannot reach. */
export function ItemPages() {
  const context = useListPaginationContext();
  const { total = 0, perPage } = context;
  const translate = useTranslate();
  return (
    <>
      <Stack
        direction="row"
        sx={{ flexWrap: 'wrap', alignItems: 'center', justifyContent: 'flex-end', gap: 1 }}
      >
        {total > perPage && <JumpToPage />}
        <ListPaginationContext.Provider value={{ ...context, total: Math.min(total, LAST_ROW_BY_PAGE) }}>
          <Pages />
        </ListPaginationContext.Provider>
      </Stack>
      {total > LAST_ROW_BY_PAGE && (
        <Alert severity="info">
          {translate('emporium.items.too_many_pages', { row: LAST_ROW_BY_PAGE, total })}
        </Alert>
      )}
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
        sx={{ width: 120 }}
      />
      <Button type="submit">{translate('emporium.items.jump_submit')}</Button>
    </Stack>
  );
}

import { Alert } from '@mui/material';
import { ListPaginationContext, Pagination, useListPaginationContext, useTranslate } from 'react-admin';
import { LAST_ROW_BY_PAGE } from '../data/data-provider';

const ROWS_PER_PAGE = [10, 25, 50, 100];

/** The pages of a list, as far as the API reaches them; it gives 100 rows at most. */
export function Pages() {
  const context = useListPaginationContext();
  const { total = 0 } = context;
  return (
    <ListPaginationContext.Provider value={{ ...context, total: Math.min(total, LAST_ROW_BY_PAGE) }}>
      <Pagination rowsPerPageOptions={ROWS_PER_PAGE} />
    </ListPaginationContext.Provider>
  );
}

/** A word about rows that no page reaches. */
export function UnreachedRows() {
  const { total = 0 } = useListPaginationContext();
  const translate = useTranslate();
  if (total <= LAST_ROW_BY_PAGE) return null;
  return (
    <Alert severity="info">{translate('emporium.too_many_pages', { row: LAST_ROW_BY_PAGE, total })}</Alert>
  );
}

/** What stands below a list. */
export function ListPages() {
  return (
    <>
      <Pages />
      <UnreachedRows />
    </>
  );
}

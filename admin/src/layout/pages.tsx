import { Pagination } from 'react-admin';

const ROWS_PER_PAGE = [10, 25, 50, 100];

/** The pages of a list; the API gives 100 rows at most. */
export function Pages() {
  return <Pagination rowsPerPageOptions={ROWS_PER_PAGE} />;
}

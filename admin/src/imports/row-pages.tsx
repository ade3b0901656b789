import { Alert, TablePagination } from '@mui/material';
import { useTranslate } from 'react-admin';
import { LAST_ROW_BY_PAGE } from '../data/data-provider';

/** The rows of a page. */
export const PER_PAGE = 25;

interface RowPagesProps {
  /** the first is 1 */
  page: number;
  total: number;
  onChange: (page: number) => void;
}

/** Turns the pages of a list, as far as the API reaches them. */
export function RowPages({ page, total, onChange }: RowPagesProps) {
  const translate = useTranslate();
  if (total <= PER_PAGE) return null;
  return (
    <>
      <TablePagination
        component="div"
        count={Math.min(total, LAST_ROW_BY_PAGE)}
        page={page - 1}
        rowsPerPage={PER_PAGE}
        rowsPerPageOptions={[]}
        onPageChange={(_event, index) => {
          onChange(index + 1);
        }}
        labelDisplayedRows={({ from, to }) =>
          translate('ra.navigation.page_range_info', { offsetBegin: from, offsetEnd: to, total })
        }
        getItemAriaLabel={(type) => translate(`ra.navigation.${type}`)}
      />
      {total > LAST_ROW_BY_PAGE && (
        <Alert severity="info">
          {translate('emporium.imports.too_many', { row: LAST_ROW_BY_PAGE, total })}
        </Alert>
      )}
    </>
  );
}

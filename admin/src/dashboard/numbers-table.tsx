import { Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import { useLocaleState, useTranslate } from 'react-admin';

export interface NumbersTableProps<Column extends string> {
  rows: readonly ({ id: number; name: string } & Record<Column, number | undefined>)[];
  columns: readonly Column[];
}

/** The numbers of a chart, for those who cannot see it or want them exactly. */
export function NumbersTable<Column extends string>({ rows, columns }: NumbersTableProps<Column>) {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  return (
    <details>
      <Typography component="summary" sx={{ cursor: 'pointer' }}>
        {translate('emporium.dashboard.table')}
      </Typography>
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>{translate('resources.stores.fields.name')}</TableCell>
            {columns.map((column) => (
              <TableCell key={column} align="right">
                {translate(`emporium.dashboard.${column}`)}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={row.id}>
              <TableCell>{row.name}</TableCell>
              {columns.map((column) => (
                <TableCell key={column} align="right">
                  {row[column]?.toLocaleString(locale) ?? '–'}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </details>
  );
}

import { Box, Table, TableBody, TableCell, TableHead, TableRow, TextField, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { type Column, type ColumnFault, columnFaults, COLUMNS, type Columns } from './guess/columns';
import { isGoodPrice } from './guess/decimal';
import { type Reading } from './guess/reading';

const ROWS = 8;
/** More columns than these are shown only if they are chosen: a broken file can have thousands. */
const MOST = 40;

interface SampleTableProps {
  reading: Reading;
  onChange: (columns: Columns) => void;
}

/** The first rows of a file, and above each column what it is for us. */
export function SampleTable({ reading, onChange }: SampleTableProps) {
  const translate = useTranslate();
  const { header, rows, columns, format, decimal } = reading;
  const columnAt = (index: number) => COLUMNS.find((column) => columns[column] === index);
  const faults = columnFaults(header);
  const shown = header
    .map((name, index) => ({ name, index }))
    .filter(({ index }) => index < MOST || columnAt(index));
  const choose = (index: number, column: Column | undefined) => {
    const others = COLUMNS.filter((each) => each !== column && columns[each] !== index);
    const kept = Object.fromEntries(others.map((each) => [each, columns[each]]));
    onChange(column ? { ...kept, [column]: index } : kept);
  };
  return (
    <>
      <Box
        sx={{ overflowX: 'auto' }}
        role="region"
        tabIndex={0}
        aria-label={translate('emporium.imports.sample')}
      >
        <Table size="small" sx={{ width: 'auto', '& td, & th': { maxWidth: 260, whiteSpace: 'nowrap' } }}>
          <TableHead>
            {format === 'csv' && (
              <TableRow>
                {shown.map(({ name, index }) => (
                  <TableCell key={index} sx={{ borderBottom: 0, paddingBottom: 0, verticalAlign: 'top' }}>
                    <ColumnSelect
                      name={name}
                      fault={faults[index]}
                      value={columnAt(index)}
                      onChange={(column) => {
                        choose(index, column);
                      }}
                    />
                  </TableCell>
                ))}
              </TableRow>
            )}
            <TableRow>
              {shown.map(({ name, index }) => (
                <TableCell
                  key={index}
                  component="th"
                  scope="col"
                  align={index === columns.price ? 'right' : 'left'}
                  sx={CELL}
                >
                  {name}
                </TableCell>
              ))}
            </TableRow>
          </TableHead>
          <TableBody>
            {rows.slice(0, ROWS).map((row, line) => (
              <TableRow key={line}>
                {shown.map(({ index }) => {
                  const text = row[index] ?? '';
                  const column = columnAt(index);
                  const isBad = format === 'csv' && column === 'price' && !isGoodPrice(text, decimal);
                  return (
                    <TableCell
                      key={index}
                      align={column === 'price' ? 'right' : 'left'}
                      sx={{
                        ...CELL,
                        color: isBad ? 'error.main' : column ? 'text.primary' : 'text.secondary',
                      }}
                    >
                      {text}
                    </TableCell>
                  );
                })}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Box>
      {shown.length < header.length && (
        <Typography variant="body2" color="textSecondary">
          {translate('emporium.imports.more_columns', { smart_count: header.length - shown.length })}
        </Typography>
      )}
    </>
  );
}

const CELL = { overflow: 'hidden', textOverflow: 'ellipsis' };

interface ColumnSelectProps {
  /** what the file calls it */
  name: string;
  /** why it cannot be chosen */
  fault: ColumnFault | undefined;
  value: Column | undefined;
  onChange: (column: Column | undefined) => void;
}

function ColumnSelect({ name, fault, value, onChange }: ColumnSelectProps) {
  const translate = useTranslate();
  return (
    <TextField
      select
      value={value ?? ''}
      disabled={fault !== undefined}
      helperText={fault && translate(`emporium.imports.column_faults.${fault}`)}
      onChange={(event) => {
        onChange(COLUMNS.find((column) => column === event.target.value));
      }}
      slotProps={{
        select: { native: true },
        htmlInput: { 'aria-label': translate('emporium.imports.column_of', { name }) },
      }}
      sx={{ minWidth: 130, ...(value && { '& select': { fontWeight: 700, color: 'primary.main' } }) }}
    >
      <option value="">{translate('emporium.imports.no_column')}</option>
      {COLUMNS.map((column) => (
        <option key={column} value={column}>
          {translate(`resources.items.fields.${column}`)}
        </option>
      ))}
    </TextField>
  );
}

import { Box, LinearProgress } from '@mui/material';
import { type ReactNode } from 'react';
import { ReadFault } from '../layout/read-fault';
import { Cancelled } from '../panel-error';

interface TableFrameProps {
  label: string;
  isFetching: boolean;
  error: Error | null;
  onRetry: () => void;
  children: ReactNode;
}

/** Around a table that is read page by page. On a phone it is moved sideways, and the page is not. */
export function TableFrame({ label, isFetching, error, onRetry, children }: TableFrameProps) {
  return (
    <>
      <div style={{ height: 4 }}>{isFetching && <LinearProgress aria-hidden />}</div>
      {error && !(error instanceof Cancelled) && <ReadFault reason={error.message} onRetry={onRetry} />}
      <Box sx={FRAME} role="region" tabIndex={0} aria-label={label}>
        {children}
      </Box>
    </>
  );
}

const FRAME = {
  overflowX: 'auto',

  // Columns that could break every word would be as narrow as a letter on a phone.
  '& td, & th': { overflowWrap: 'break-word', maxWidth: 340, paddingX: { xs: 1, sm: 2 } },
  '& th, & td.MuiTableCell-alignRight': { whiteSpace: 'nowrap' },
  '& tr > :first-of-type': { width: '1%' },
};

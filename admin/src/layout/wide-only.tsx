import { Box } from '@mui/material';
import { type ReactNode } from 'react';

/** Is not shown on a phone. */
export function WideOnly({ children }: { children: ReactNode }) {
  return (
    <Box component="span" sx={{ display: { xs: 'none', sm: 'inline' } }}>
      {children}
    </Box>
  );
}

import { type Theme, useMediaQuery } from '@mui/material';

/** Whether the screen is wider than that of a phone. */
export function useIsWide(): boolean {
  return useMediaQuery((theme: Theme) => theme.breakpoints.up('sm'), { noSsr: true });
}

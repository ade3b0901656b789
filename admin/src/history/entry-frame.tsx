import { Box } from '@mui/material';
import { type ReactNode } from 'react';
import { EntryIcon, type IconName } from './entry-icon';

/** One entry of a timeline. It can take the focus, because a button in it can go. */
export function EntryFrame({ id, icon, children }: { id: string; icon: IconName; children: ReactNode }) {
  return (
    <Box component="li" id={id} tabIndex={-1} sx={ENTRY}>
      <EntryIcon name={icon} />
      <Box sx={{ flex: '1 1 0', minWidth: 0 }}>{children}</Box>
    </Box>
  );
}

const ENTRY = {
  display: 'flex',
  gap: 2,
  paddingY: 1.5,
  position: 'relative',
  // The bar of the panel must not cover what has the focus.
  scrollMarginTop: 72,
  outlineOffset: 2,
  borderRadius: 1,
  '&:not(:last-of-type)::before': {
    content: '""',
    position: 'absolute',
    left: 16,
    top: 44,
    bottom: -12,
    borderLeft: 1,
    borderColor: 'divider',
  },
};

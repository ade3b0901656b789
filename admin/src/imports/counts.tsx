import { Box, Typography } from '@mui/material';
import { useLocaleState, useTranslate } from 'react-admin';
import { type Import } from './import';

const MEMBERS = ['inserted', 'updated', 'unchanged', 'failed'] as const;

/** How many rows are new, change an item, change nothing, and are bad. */
export function Counts({ of }: { of: Import }) {
  const translate = useTranslate();
  const [language] = useLocaleState();
  return (
    <Box component="dl" sx={LIST}>
      {MEMBERS.map((member) => (
        <Box key={member} sx={{ display: 'flex', flexDirection: 'column-reverse' }}>
          <Typography component="dt" variant="body2" color="textSecondary">
            {translate(`emporium.imports.counts.${member}`)}
          </Typography>
          <Typography
            component="dd"
            variant="h5"
            sx={{ margin: 0, ...(member === 'failed' && of.failed > 0 && { color: 'error.main' }) }}
          >
            {of[member].toLocaleString(language)}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}

const LIST = { display: 'flex', flexWrap: 'wrap', columnGap: 4, rowGap: 1, marginY: 2 };

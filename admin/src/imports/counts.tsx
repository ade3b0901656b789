import { Box, Typography } from '@mui/material';
import { useLocaleState } from 'react-admin';
import { type Import } from './import';
import { useTextsOf } from './use-texts-of';

const MEMBERS = {
  file: ['inserted', 'updated', 'unchanged', 'failed'],
  edit: ['updated', 'deleted', 'unchanged', 'failed'],
} as const;

/** How many rows are new, change or delete an item, change nothing, and are bad. */
export function Counts({ of }: { of: Import }) {
  const say = useTextsOf(of);
  const [language] = useLocaleState();
  return (
    <Box component="dl" sx={LIST}>
      {MEMBERS[of.edit ? 'edit' : 'file'].map((member) => (
        <Box key={member} sx={{ display: 'flex', flexDirection: 'column-reverse' }}>
          <Typography component="dt" variant="body2" color="textSecondary">
            {say(`counts.${member}`)}
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

import { Alert, Box, Button, LinearProgress, Typography } from '@mui/material';
import { useState } from 'react';
import { useLocaleState, useTranslate } from 'react-admin';
import { Cancelled } from '../panel-error';
import { cancelImport } from './calls';
import { type Import } from './import';
import { useTextsOf } from './use-texts-of';

/** How far an import is that goes on by itself, also if nobody looks. */
export function Moving({ of }: { of: Import }) {
  const translate = useTranslate();
  const say = useTextsOf(of);
  const [language] = useLocaleState();
  const [isCancelling, setCancelling] = useState(false);
  const [error, setError] = useState<Error>();
  const { state, operation, rows, processed, id } = of;
  const isCounted = state === 'running' && processed > 0;
  const cancel = async () => {
    setCancelling(true);
    setError(undefined);
    try {
      await cancelImport(id);
    } catch (failure) {
      if (!(failure instanceof Cancelled))
        setError(failure instanceof Error ? failure : new Error(String(failure)));
    } finally {
      setCancelling(false);
    }
  };
  return (
    <Box sx={{ marginY: 2 }}>
      <Typography sx={{ marginBottom: 1 }}>
        {say(`moving.${operation === 'undo' ? 'undoing' : state}`, {
          rows: rows.toLocaleString(language),
          processed: processed.toLocaleString(language),
        })}
      </Typography>
      <LinearProgress
        variant={isCounted ? 'determinate' : 'indeterminate'}
        value={isCounted ? Math.min(100, (100 * processed) / rows) : 0}
        aria-label={translate('emporium.imports.progress')}
      />
      <Typography variant="body2" color="textSecondary" sx={{ marginTop: 1 }}>
        {translate('emporium.imports.goes_on')}
      </Typography>
      <div role="alert">
        {error && (
          <Alert severity="error" role="presentation">
            {error.message}
          </Alert>
        )}
      </div>
      {operation !== 'undo' && (
        <Button sx={{ marginTop: 1 }} loading={isCancelling} onClick={() => void cancel()}>
          {say('stop')}
        </Button>
      )}
    </Box>
  );
}

import { Alert, Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { type GridEdits } from './grid-edits';
import { useWarnWhenUnsaved } from './use-warn-when-unsaved';

/** Tells how many values are being saved or were refused, on whatever page of the list they stand. */
export function UnsavedBar({ edits }: { edits: GridEdits }) {
  const { saving, refused } = edits.useSummary();
  const translate = useTranslate();
  useWarnWhenUnsaved(edits);
  return (
    <div role="status">
      {saving > 0 && (
        <Alert severity="info" sx={{ borderRadius: 0 }}>
          {translate('emporium.items.grid.saving_count', { smart_count: saving })}
        </Alert>
      )}
      {refused > 0 && (
        <Alert
          severity="error"
          sx={{ borderRadius: 0, alignItems: 'center' }}
          action={
            <>
              <Button color="inherit" size="small" onClick={() => void edits.retry()}>
                {translate('emporium.items.grid.retry')}
              </Button>
              <Button
                color="inherit"
                size="small"
                onClick={() => {
                  edits.discard();
                }}
              >
                {translate('emporium.items.grid.discard')}
              </Button>
            </>
          }
        >
          {translate('emporium.items.grid.refused_count', { smart_count: refused })}
        </Alert>
      )}
    </div>
  );
}

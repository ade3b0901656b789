import UndoIcon from '@mui/icons-material/Undo';
import { Alert, Button } from '@mui/material';
import { useState } from 'react';
import { DangerDialog } from '../layout/danger-dialog';
import { Cancelled, PanelError } from '../panel-error';
import { undoImport } from './calls';
import { type Import, isMoving } from './import';
import { useTextsOf } from './use-texts-of';

/**
 * Takes back what an import did, after a question. Items that have changed since are a question of their own. It stays while
 * the import is taken back, and tells why that was refused.
 */
export function UndoImport({ of }: { of: Import }) {
  const say = useTextsOf(of);
  const [asking, setAsking] = useState<'all' | 'others'>();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const close = () => {
    setAsking(undefined);
  };
  const undo = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await undoImport(of.id, asking === 'others');
      close();
    } catch (failure) {
      if (failure instanceof PanelError && failure.code === 'changed_since') {
        setAsking('others');
        return;
      }
      close();
      if (!(failure instanceof Cancelled))
        setError(failure instanceof Error ? failure : new Error(String(failure)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div role="alert">
        {error && (
          <Alert severity="error" role="presentation" sx={{ marginBottom: 2 }}>
            {error.message}
          </Alert>
        )}
      </div>
      <Button
        variant="outlined"
        color="error"
        sx={{ display: isMoving(of) ? 'none' : 'inline-flex' }}
        startIcon={<UndoIcon />}
        onClick={() => {
          setAsking('all');
        }}
      >
        {say('undo')}
      </Button>
      {asking && !isMoving(of) && (
        <DangerDialog
          // The second question begins on the way out, too.
          key={asking}
          title={say(`undo_${asking}.title`)}
          text={say(`undo_${asking}.text`, {
            inserted: of.inserted,
            updated: of.updated,
            deleted: of.deleted,
          })}
          onCancel={isBusy ? () => undefined : close}
        >
          <Button variant="contained" color="error" loading={isBusy} onClick={() => void undo()}>
            {say(`undo_${asking}.submit`)}
          </Button>
        </DangerDialog>
      )}
    </>
  );
}

import { Alert, Box, Button, LinearProgress, Typography } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { Cancelled, PanelError } from '../panel-error';
import { applyPreview, cancelImport } from './calls';
import { keptDraft } from './draft';
import { type Import, isMoving, writesOf } from './import';
import { useTextsOf } from './use-texts-of';
import { type WizardState } from './wizard-page';

/** What can be done with a preview. It stays while the preview is applied, and tells why that was refused. */
export function PreviewActions({ of }: { of: Import }) {
  const translate = useTranslate();
  const say = useTextsOf(of);
  const [busy, setBusy] = useState<'apply' | 'cancel'>();
  const [error, setError] = useState<Error>();
  const isOutdated = error instanceof PanelError && error.code === 'preview_outdated';
  const run = async (act: 'apply' | 'cancel') => {
    setBusy(act);
    setError(undefined);
    try {
      await (act === 'apply' ? applyPreview : cancelImport)(of.id);
    } catch (failure) {
      if (!(failure instanceof Cancelled))
        setError(failure instanceof Error ? failure : new Error(String(failure)));
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <>
      {busy === 'apply' && !isMoving(of) && (
        <Box sx={{ marginY: 2 }}>
          <Typography sx={{ marginBottom: 1 }}>{translate('emporium.imports.applying')}</Typography>
          <LinearProgress aria-label={translate('emporium.imports.progress')} />
        </Box>
      )}
      <div role="alert">
        {error && (
          <Alert
            severity={isOutdated ? 'warning' : 'error'}
            role="presentation"
            sx={{ marginBottom: 2, overflowWrap: 'anywhere' }}
          >
            {isOutdated ? say('outdated') : error.message}
          </Alert>
        )}
      </div>
      <Box sx={{ display: isMoving(of) ? 'none' : 'flex', flexWrap: 'wrap', gap: 2 }}>
        {isOutdated && !of.edit && <PreviewAgain storeId={of.store_id} />}
        {!isOutdated && (
          <Button
            variant="contained"
            disabled={busy !== undefined || writesOf(of) === 0}
            onClick={() => void run('apply')}
          >
            {translate(of.failed > 0 ? 'emporium.imports.apply_good' : 'emporium.imports.apply', {
              smart_count: of.failed,
            })}
          </Button>
        )}
        <Button disabled={busy !== undefined} onClick={() => void run('cancel')}>
          {translate('emporium.imports.discard')}
        </Button>
        {!isOutdated && !of.edit && <BackToFile storeId={of.store_id} />}
      </Box>
    </>
  );
}

/** Makes the preview again with the same file, or asks for the file if the page was loaded since. */
function PreviewAgain({ storeId }: { storeId: number }) {
  const translate = useTranslate();
  return (
    <Button
      autoFocus
      variant="contained"
      component={Link}
      to={`/stores/${storeId}/imports/new`}
      state={{ draft: 'send' } satisfies WizardState}
    >
      {translate('emporium.imports.again')}
    </Button>
  );
}

/** Leads to the file as it was read, as long as the page was not loaded again. */
export function BackToFile({ storeId }: { storeId: number }) {
  const translate = useTranslate();
  if (!keptDraft(storeId)) return null;
  return (
    <Button
      component={Link}
      to={`/stores/${storeId}/imports/new`}
      state={{ draft: 'keep' } satisfies WizardState}
    >
      {translate('emporium.imports.back')}
    </Button>
  );
}

import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  LinearProgress,
  MenuItem,
  Stack,
  TextField,
} from '@mui/material';
import { useEffect, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { formatPrice } from '../price';
import { PreviewTable } from './preview-table';
import {
  applyEdit,
  dropPreview,
  type Edit,
  type EditFilter,
  type Preview,
  previewPrices,
} from './price-edits';
import { STEPS, toPriceChange, type TypedChange, type Way, WAYS } from './price-form';

export interface ChangePricesDialogProps {
  storeId: number;
  filter: EditFilter;
  /** undefined if nothing was done */
  onEnd: (done: Edit | undefined) => void;
}

const FIRST: TypedChange = { way: 'percent', amount: '', step: 0.01 };

/** Asks how prices change, shows what that does, and does exactly that. */
export function ChangePricesDialog({ storeId, filter, onEnd }: ChangePricesDialogProps) {
  const translate = useTranslate();
  const [typed, setTyped] = useState(FIRST);
  const [preview, setPreview] = useState<Preview>();
  const [fault, setFault] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const [closed] = useState(() => new AbortController());
  const unapplied = useRef<number>(undefined);
  useEffect(
    () => () => {
      if (unapplied.current !== undefined) dropPreview(unapplied.current);
    },
    [],
  );

  const price = toPriceChange(typed);
  const type = (change: Partial<TypedChange>) => {
    setTyped({ ...typed, ...change });
    drop();
    setFault(undefined);
  };
  /** A preview is of what was typed before. */
  const drop = () => {
    if (unapplied.current !== undefined) dropPreview(unapplied.current);
    unapplied.current = undefined;
    setPreview(undefined);
  };
  const close = () => {
    closed.abort();
    onEnd(undefined);
  };
  const act = async (work: () => Promise<void>) => {
    setBusy(true);
    setFault(undefined);
    try {
      await work();
    } catch (reason) {
      if (!closed.signal.aborted) setFault(reason as Error);
    }
    setBusy(false);
  };
  const look = () =>
    act(async () => {
      if (!price) return;
      const found = await previewPrices(storeId, filter, price, closed.signal);
      if (found.edit.state === 'previewed') unapplied.current = found.edit.id;
      setPreview(found);
    });
  const apply = () =>
    act(async () => {
      if (unapplied.current === undefined) return;
      const id = unapplied.current;
      // Whatever comes of it, it is not a preview to be shown again.
      unapplied.current = undefined;
      setPreview(undefined);
      onEnd(await applyEdit(id));
    });
  const isReady = preview?.edit.state === 'previewed' && preview.edit.updated > 0;
  return (
    <Dialog open fullWidth maxWidth="sm" aria-labelledby="change-prices-title" onClose={close}>
      <DialogTitle id="change-prices-title">{translate('emporium.items.prices.title')}</DialogTitle>
      <DialogContent>
        <Stack direction={{ xs: 'column', sm: 'row' }} sx={{ gap: 2, paddingTop: 1 }}>
          <TextField
            select
            fullWidth
            label={translate('emporium.items.prices.way')}
            value={typed.way}
            disabled={isBusy}
            onChange={({ target }) => {
              type({ way: target.value as Way });
            }}
          >
            {WAYS.map((way) => (
              <MenuItem key={way} value={way}>
                {translate(`emporium.items.prices.ways.${way}`)}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            autoFocus
            fullWidth
            label={translate(`emporium.items.prices.amounts.${typed.way}`)}
            value={typed.amount}
            disabled={isBusy}
            error={typed.amount !== '' && price === undefined}
            helperText={translate(`emporium.items.prices.help.${typed.way}`)}
            onChange={({ target }) => {
              type({ amount: target.value });
            }}
          />
          {typed.way === 'percent' && (
            <TextField
              select
              fullWidth
              label={translate('emporium.items.prices.step')}
              value={typed.step}
              disabled={isBusy}
              onChange={({ target }) => {
                type({ step: Number(target.value) });
              }}
            >
              {STEPS.map((step) => (
                <MenuItem key={step} value={step}>
                  {formatPrice(step)}
                </MenuItem>
              ))}
            </TextField>
          )}
        </Stack>
        <div style={{ height: 4 }}>{isBusy && <LinearProgress aria-hidden />}</div>
        <div role="status">
          {preview && <PreviewTable preview={preview} />}
          {fault && <Alert severity="error">{fault.message}</Alert>}
        </div>
      </DialogContent>
      <DialogActions>
        <Button onClick={close}>{translate('emporium.items.bulk.cancel')}</Button>
        {isReady ? (
          <Button variant="contained" disabled={isBusy} onClick={() => void apply()}>
            {translate('emporium.items.prices.apply', { smart_count: preview.edit.updated })}
          </Button>
        ) : (
          <Button variant="contained" disabled={isBusy || !price} onClick={() => void look()}>
            {translate('emporium.items.prices.preview')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

import { MenuItem, Stack, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { formatPrice } from '../price';
import { TagNameField } from '../tags/tag-name-field';
import { useTagNames } from '../tags/use-tag-names';
import { amountFault, isPriceWay, isTagWay, STEPS, type TypedChange, type Way, WAYS } from './change-form';

export interface ChangeFieldsProps {
  storeId: number;
  typed: TypedChange;
  /** what was typed is not a change */
  isWrong: boolean;
  isDisabled: boolean;
  onType: (change: Partial<TypedChange>) => void;
}

/** What happens to the items, and how much of it. */
export function ChangeFields({ storeId, typed, isWrong, isDisabled, onType }: ChangeFieldsProps) {
  const translate = useTranslate();
  const { way, amount, step, tag } = typed;
  const fault = amountFault(typed);
  const { names } = useTagNames([storeId], tag);
  return (
    <Stack sx={{ gap: 2, paddingTop: 1 }}>
      <TextField
        select
        fullWidth
        label={translate('emporium.items.edits.way')}
        value={way}
        disabled={isDisabled}
        onChange={({ target }) => {
          onType({ way: target.value as Way });
        }}
      >
        {WAYS.map((each) => (
          <MenuItem key={each} value={each}>
            {translate(`emporium.items.edits.ways.${each}`)}
          </MenuItem>
        ))}
      </TextField>
      {isPriceWay(way) && (
        <Stack direction={{ xs: 'column', sm: 'row' }} sx={{ gap: 2 }}>
          <TextField
            autoFocus
            fullWidth
            label={translate(`emporium.items.edits.amounts.${way}`)}
            value={amount}
            disabled={isDisabled}
            error={amount !== '' && isWrong}
            helperText={translate(
              fault ? `emporium.items.price_faults.${fault}` : `emporium.items.edits.help.${way}`,
            )}
            onChange={({ target }) => {
              onType({ amount: target.value });
            }}
          />
          {way === 'percent' && (
            <TextField
              select
              fullWidth
              label={translate('emporium.items.edits.step')}
              value={step}
              disabled={isDisabled}
              onChange={({ target }) => {
                onType({ step: Number(target.value) });
              }}
            >
              {STEPS.map((each) => (
                <MenuItem key={each} value={each}>
                  {formatPrice(each)}
                </MenuItem>
              ))}
            </TextField>
          )}
        </Stack>
      )}
      {isTagWay(way) && (
        <TagNameField
          value={tag}
          names={names}
          isDisabled={isDisabled}
          help={translate(`emporium.items.edits.help.${way}`)}
          onType={(text) => {
            onType({ tag: text });
          }}
        />
      )}
    </Stack>
  );
}

import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useItemFilter } from '../item-filter';
import { parsePrice, type PriceFault } from '../parse-price';
import { formatPrice } from '../price';
import { useTyped } from './use-typed';

export function PriceFilter({ source }: { source: 'min_price' | 'max_price' }) {
  const [filter, change] = useItemFilter();
  const translate = useTranslate();
  const [fault, setFault] = useState<string>();
  const price = filter[source];
  const [text, setText] = useTyped(
    toText(price),
    (typed) => {
      const read = toPrice(typed);
      setFault(typeof read === 'string' ? read : undefined);
      // What is no price changes nothing, and stays to be mended.
      if (typeof read !== 'string') change({ [source]: read });
    },
    (typed) => {
      const read = toPrice(typed);
      return toText(typeof read === 'string' ? price : read);
    },
  );
  return (
    <TextField
      className="narrow"
      label={translate(`emporium.items.${source}`)}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
      }}
      error={fault !== undefined}
      helperText={fault !== undefined && translate(`emporium.items.price_faults.${fault}`)}
      slotProps={{ htmlInput: { inputMode: 'decimal', autoComplete: 'off' } }}
    />
  );
}

function toText(price: number | undefined): string {
  return price === undefined ? '' : formatPrice(price);
}

function toPrice(text: string): number | PriceFault | undefined {
  return text.trim() === '' ? undefined : parsePrice(text);
}

import { TextInput, type TextInputProps } from 'react-admin';
import { translate } from '../i18n/provider';
import { parsePrice } from './parse-price';
import { formatPrice } from './price';

/** A price in a form. It stays as it was typed until `toItem` makes a number of it. */
export function PriceInput(props: Omit<TextInputProps, 'source'>) {
  return (
    <TextInput
      {...props}
      source="price"
      format={toText}
      parse={(text: string) => text}
      validate={validate}
      isRequired
      slotProps={{ htmlInput: { inputMode: 'decimal', autoComplete: 'off' } }}
    />
  );
}

/** The values of a form as the API takes them. */
export function toItem(values: Record<string, unknown>): Record<string, unknown> {
  const { price, sku, ...others } = values;
  return {
    ...others,
    sku: typeof sku === 'string' && sku.trim() !== '' ? sku : null,
    price: typeof price === 'string' ? parsePrice(price) : price,
  };
}

function toText(value: unknown): string {
  return typeof value === 'number' ? formatPrice(value) : typeof value === 'string' ? value : '';
}

function validate(value: unknown): string | undefined {
  if (typeof value === 'number') return undefined;
  if (typeof value !== 'string' || value.trim() === '') return translate('ra.validation.required');
  const price = parsePrice(value);
  return typeof price === 'string' ? translate(`emporium.items.price_faults.${price}`) : undefined;
}

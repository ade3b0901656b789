import { type Item } from '../../api';
import { translate } from '../../i18n/provider';
import { parsePrice } from '../parse-price';
import { formatPrice } from '../price';
import { type EditableColumn } from './columns';

export function textOf(item: Item, column: EditableColumn): string {
  return column === 'price' ? formatPrice(item.price) : item.name;
}

/** The value that a typed text stands for, or why it stands for none. */
export function toValue(
  column: EditableColumn,
  text: string,
): { value: string | number; fault?: undefined } | { value?: undefined; fault: string } {
  if (column === 'name') {
    const name = text.trim();
    return name === '' ? { fault: translate('emporium.items.grid.name_required') } : { value: name };
  }
  const price = parsePrice(text);
  if (typeof price === 'number') return { value: price };
  return { fault: translate(`emporium.items.price_faults.${price}`) };
}

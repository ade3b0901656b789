import { i18nProvider } from '../i18n/provider';

/** With two decimals and the decimal sign of the language; without groups, so that it can be edited as it is shown. */
export function formatPrice(price: number): string {
  return formatOf(i18nProvider.getLocale()).format(price);
}

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(language: string): Intl.NumberFormat {
  const known = formats.get(language);
  if (known) return known;
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    useGrouping: false,
  });
  formats.set(language, format);
  return format;
}

import { i18nProvider } from '../../i18n/provider';

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day of a time stamp, as the language writes it. Making a format takes longer than using it. */
export function formatDay(time: string): string {
  const language = i18nProvider.getLocale();
  let format = formats.get(language);
  if (!format) {
    format = new Intl.DateTimeFormat(language);
    formats.set(language, format);
  }
  return format.format(new Date(time));
}

import polyglotI18nProvider from 'ra-i18n-polyglot';
import { type TranslationMessages } from 'react-admin';
import { de } from './de';
import { en } from './en';

/** A third language is one more file, and one more line here. */
const LANGUAGES: Readonly<Record<string, { name: string; messages: TranslationMessages }>> = {
  en: { name: 'English', messages: en },
  de: { name: 'Deutsch', messages: de },
};

/** What the person has chosen here, else the first of their browser's languages that the panel speaks. */
const KEY = 'emporium.language';

function firstLanguage(): string {
  const wanted = [
    localStorage.getItem(KEY) ?? '',
    ...navigator.languages.map((tag) => tag.split('-', 1)[0] ?? ''),
  ];
  return wanted.find((code) => code in LANGUAGES) ?? 'en';
}

const provider = polyglotI18nProvider(
  (code) => LANGUAGES[code]?.messages ?? en,
  firstLanguage(),
  Object.entries(LANGUAGES).map(([locale, { name }]) => ({ locale, name })),
  // Codes of problems without a text of ours are shown as the API says them.
  { allowMissing: true },
);

export const i18nProvider: typeof provider = {
  ...provider,
  changeLocale: async (locale) => {
    localStorage.setItem(KEY, locale);
    await provider.changeLocale(locale);
    document.documentElement.lang = locale;
  },
};
document.documentElement.lang = provider.getLocale();

/** For code outside React. */
export function translate(key: string, options?: Record<string, unknown>): string {
  return i18nProvider.translate(key, options);
}

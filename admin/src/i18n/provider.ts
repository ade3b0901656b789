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

/** By the codes of the languages, what pages have added to the texts of ours. */
const added: Record<string, Record<string, object>> = {};

const provider = polyglotI18nProvider(
  (code) => {
    const messages: TranslationMessages & { emporium?: object } = LANGUAGES[code]?.messages ?? en;
    return { ...messages, emporium: { ...messages.emporium, ...added[code] } } as TranslationMessages;
  },
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

/**
 * Adds texts that only some pages need, so that the first load of the panel is without them.
 *
 * @param texts by the codes of the languages
 */
export async function addTexts(name: string, texts: Readonly<Record<string, object>>): Promise<void> {
  for (const [code, ofLanguage] of Object.entries(texts))
    added[code] = { ...added[code], [name]: ofLanguage };
  await provider.changeLocale(provider.getLocale());
}

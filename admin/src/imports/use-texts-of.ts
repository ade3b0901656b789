import { useTranslate } from 'react-admin';
import { type Import } from './import';

/** The texts about an import of a file, or about an edit where it has texts of its own. */
export function useTextsOf(of: Import) {
  const translate = useTranslate();
  return (key: string, options: Record<string, unknown> = {}): string => {
    const text = translate(`emporium.imports.${key}`, options);
    return of.edit ? translate(`emporium.imports.of_edits.${key}`, { ...options, _: text }) : text;
  };
}

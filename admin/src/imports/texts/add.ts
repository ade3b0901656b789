import { addTexts } from '../../i18n/provider';
import { imports as de } from './de';
import { imports as en } from './en';

export const addImportTexts = () => addTexts('imports', { en, de });

import { isEmail } from 'class-validator';
import { normalizeText, textFault } from './text';

export const MAX_EMAIL_LENGTH = 254;

/** The form in which an e-mail address is stored. */
export function normalizeEmail(value: string): string {
  return normalizeText(value, MAX_EMAIL_LENGTH);
}

/** What is wrong with a normalised e-mail address, as the end of a sentence; undefined if nothing is. */
export function emailFault(value: string): string | undefined {
  return textFault(value, 1, MAX_EMAIL_LENGTH) ?? (isEmail(value) ? undefined : 'must be an e-mail address');
}

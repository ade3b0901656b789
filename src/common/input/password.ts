import { dictionary } from '@zxcvbn-ts/language-common';
import { normalizeEmail } from './email';
import { normalizeUpTo, textLength } from './text';

const MIN = 8;
const MAX = 128;

/** The form in which passwords are hashed and compared, so that two keyboards spell the same one. */
export function normalizePassword(value: string): string {
  return normalizeUpTo(MAX, value, 'NFKC');
}

/** What is wrong with a normalised password for an account with this e-mail address; undefined if nothing is. */
export function passwordFault(value: unknown, email?: string): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  const length = textLength(value);
  if (length < MIN || length > MAX) return `must have ${MIN} to ${MAX} characters`;
  if (email !== undefined && isSameAsEmail(value, email)) return 'must not be the e-mail address';
  return isCommon(value.toLowerCase()) ? 'must not be a commonly used password' : undefined;
}

/** Whether a normalised password is nothing but this normalised e-mail address, in any case and spelling of the domain. */
export function isSameAsEmail(password: string, email: string): boolean {
  const lower = normalizePassword(email).toLowerCase();
  return password.toLowerCase() === lower || normalizeEmail(password).toLowerCase() === lower;
}

let common: ReadonlySet<string> | undefined;

/** Found among some fifty thousand passwords that leaked most often (the list of zxcvbn-ts). */
function isCommon(lower: string): boolean {
  common ??= new Set(dictionary['passwords-common']);
  return common.has(lower);
}

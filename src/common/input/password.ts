import type * as CommonPasswords from '@zxcvbn-ts/language-common';
import { normalizeEmail } from './email';
import { normalizeUpTo, textLength } from './text';

const MIN = 8;
const MAX = 128;

/** The form in which passwords are hashed and compared, because keyboards can encode the same text differently. */
export function normalizePassword(value: string): string {
  return normalizeUpTo(MAX, value, 'NFKC');
}

/**
 * Returns what is wrong with a normalised password for an account with this e-mail address; undefined if nothing is.
 */
export function passwordFault(value: unknown, email?: string): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  const length = textLength(value);
  if (length < MIN || length > MAX) return `must have ${MIN} to ${MAX} characters`;
  if (email !== undefined && isSameAsEmail(value, email)) return 'must not be the e-mail address';
  return isCommon(value.toLowerCase()) ? 'must not be a commonly used password' : undefined;
}

/**
 * Whether a normalised password is the same as this normalised e-mail address, without regard to case and to the form
 * of the domain.
 */
export function isSameAsEmail(password: string, email: string): boolean {
  const lower = normalizePassword(email).toLowerCase();
  return password.toLowerCase() === lower || normalizeEmail(password).toLowerCase() === lower;
}

let common: ReadonlySet<string> | undefined;

/** Whether it is one of about fifty thousand commonly used passwords (the list of zxcvbn-ts). */
function isCommon(lower: string): boolean {
  common ??= loadCommon();
  return common.has(lower);
}

/** It is loaded with the first new password, because unpacking the list would make every start longer. */
function loadCommon(): ReadonlySet<string> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { dictionary } = require('@zxcvbn-ts/language-common') as typeof CommonPasswords;
  return new Set(dictionary['passwords-common']);
}

import { type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { emailFault, normalizeEmail } from '../common/input/email';
import { normalizePassword, passwordFault } from '../common/input/password';
import { parseDatabaseUrl } from './database-url';
import { readPrivateKey, readPublicKeys } from './rsa-keys';

// Each takes the text of a setting, and throws what is wrong with it as the end of a sentence.

export const text = (value: string) => value;

export function oneOf<const T extends string>(...values: T[]) {
  return (value: string): T => {
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  };
}

export function wholeNumber(min: number, max: number, unit?: 'seconds' | 'milliseconds' | 'bytes') {
  const kind = unit === undefined ? 'a whole number' : `a whole number of ${unit}`;
  return (value: string): number => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (!(number >= min && number <= max)) {
      throw new Error(`must be ${kind} from ${min} to ${max}`);
    }
    return number;
  };
}

export function databaseUrl(value: string): string {
  const { tls } = parseDatabaseUrl(value);
  if (tls) checkCertificates(tls);
  return value;
}

/** A key that is not its certificate's would otherwise be found by the first connection. */
function checkCertificates(options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new Error(`must have parameters that can be used: ${(error as Error).message}`, { cause: error });
  }
}

/** A list, in which `https://*.shop.example` stands for every subdomain of shop.example. */
export function origins(value: string): '*' | string[] {
  if (value === '*') return '*';
  const list = value.split(',').map((origin) => origin.trim());
  for (const origin of list) {
    // A subdomain in the place of the only asterisk makes it an origin like any other.
    const example = origin.replace(/^(https?:\/\/)\*\./, '$1x.');
    if (example.includes('*') || !URL.canParse(example) || new URL(example).origin !== example) {
      throw new Error(
        'must be * or a comma-separated list of origins such as https://shop.example or, with all its subdomains, https://*.shop.example',
      );
    }
  }
  return list;
}

/** Where clients see the API, without the slash at its end. */
export function publicUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isWeb = url !== undefined && /^https?:\/\//i.test(value);
  // Two slashes at the beginning of a path would make it the name of another host.
  if (!isWeb || /[?#]/.test(value) || url.username || url.password || url.pathname.includes('//')) {
    throw new Error(
      'must be an http or https URL such as https://shop.example/api, without user, password, query and fragment',
    );
  }
  return url.origin + url.pathname.replace(/\/$/, '');
}

/** It may have `\n` for its line ends, which some shells and files cannot hold. */
export function privateKey(pem: string): KeyObject {
  return readPrivateKey(pem.replaceAll('\\n', '\n'));
}

export function privateKeyFile(file: string): KeyObject {
  return privateKey(readText(file));
}

export function emailAddress(value: string): string {
  const email = normalizeEmail(value);
  if (emailFault(email) !== undefined) throw new Error('must be an e-mail address');
  return email;
}

export function chosenPassword(value: string): string {
  const password = normalizePassword(value);
  const fault = passwordFault(password);
  if (fault !== undefined) throw new Error(fault);
  return password;
}

export function publicKeysFile(file: string): KeyObject[] {
  return readPublicKeys(readText(file));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`must name a readable file (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`, {
      cause: error,
    });
  }
}

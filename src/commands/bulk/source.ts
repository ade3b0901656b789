import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable } from 'node:stream';
import { CommandError } from '../command-error';

/** A file that is sent. */
export interface Source {
  readonly stream: Readable;
  /** for people */
  readonly name: string;
  /** in bytes; undefined where it is not known, as of standard input */
  readonly size: number | undefined;
}

export const STANDARD_INPUT = '-';

/** @throws CommandError */
export async function openSource(file: string): Promise<Source> {
  if (file === STANDARD_INPUT) return { stream: process.stdin, name: 'standard input', size: undefined };
  try {
    const handle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Error('it is a folder');
    return {
      stream: createReadStream('', { fd: handle }),
      name: file,
      size: stats.isFile() ? stats.size : undefined,
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(
      code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${message}.`,
      { cause: error },
    );
  }
}

export type Format = 'csv' | 'ndjson';

const MEDIA_TYPES: Readonly<Record<Format, string>> = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

/** By the format that was asked for, or else by the name of the file. */
export function mediaTypeOf(file: string, format: Format | undefined): string {
  return MEDIA_TYPES[format ?? (/\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv')];
}

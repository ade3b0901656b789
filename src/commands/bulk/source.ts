import { once } from 'node:events';
import fs from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { CommandError } from '../command-error';
import { unlessInterrupted } from '../interruption';

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
    const stats = await stat(file);
    if (stats.isDirectory()) throw new Error('it is a folder');
    const fd = await promisify(fs.open)(file, 'r');
    // A pipe that nobody writes to would keep a thread of Node busy, and with it the process.
    const stream = stats.isFIFO() ? new Socket({ fd, writable: false }) : fs.createReadStream('', { fd });
    return { stream, name: file, size: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(
      code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${message}.`,
      { cause: error },
    );
  }
}

export type Format = 'csv' | 'ndjson';

export const NDJSON = 'application/x-ndjson';

const MEDIA_TYPES: Readonly<Record<Format, string>> = { csv: 'text/csv', ndjson: NDJSON };

/**
 * By the format that was asked for, or else by the name of the file.
 *
 * @returns undefined for standard input, which has no name
 * @throws CommandError for JSON, which most often is one array
 */
export function mediaTypeOf(file: string, format: Format | undefined): string | undefined {
  if (format === undefined && file === STANDARD_INPUT) return undefined;
  if (format === undefined && /\.json$/i.test(file)) {
    throw new CommandError(
      `${file} is neither CSV nor NDJSON by its name: say --format csv or --format ndjson.`,
    );
  }
  return MEDIA_TYPES[format ?? (/\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv')];
}

/** By how it begins: a line of NDJSON is an object. @throws Interruption */
export async function mediaTypeOfContent(stream: Readable): Promise<string> {
  const beginning = await unlessInterrupted(() => peek(stream));
  return /^\uFEFF?\s*\{/.test(beginning) ? NDJSON : MEDIA_TYPES.csv;
}

/** The first piece of a stream, which stays in it; empty for an empty one. */
async function peek(stream: Readable): Promise<string> {
  for (;;) {
    const piece = stream.read() as Buffer | null;
    if (piece) {
      stream.unshift(piece);
      return piece.toString();
    }
    if (stream.readableEnded) return '';
    await Promise.race([once(stream, 'readable'), once(stream, 'end')]);
  }
}

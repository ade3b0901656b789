import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../command-error';
import { endAtSecondSignal, heedSignals, interrupted } from '../interruption';
import { exchange } from './exchange';
import { megabytes } from './progress-line';
import { progressDisplay } from './progress-display';
import { checkUrl, type ServerOptions } from './session';

export interface ExportOptions extends ServerOptions {
  readonly store: number;
  readonly output?: string;
  readonly format: string;
  readonly formulas: string;
  readonly q?: string;
  readonly sku?: string;
  readonly minPrice?: string;
  readonly maxPrice?: string;
  readonly tag?: string[];
  readonly withoutTag?: string[];
  readonly tagMatch?: string;
}

/** Writes the items of a store to a file or to standard output. Everybody may read them, so it needs no account. */
export async function exportItems(options: ExportOptions): Promise<void> {
  const url = checkUrl(options.url);
  heedSignals();
  endAtSecondSignal();
  const path = `/stores/${options.store}/items/export?${queryOf(options)}`;
  const response = await exchange({ method: 'GET', url, path });
  try {
    if (options.output === undefined) await pipeline(response, process.stdout, { signal: interrupted });
    else await writeFile(response, options.output);
  } catch (error) {
    interrupted.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ECONNRESET') throw error;
    throw new CommandError(
      'The server has closed the connection before the end: the export is not complete.',
      { cause: error },
    );
  }
}

function queryOf({
  format,
  formulas,
  q,
  sku,
  minPrice,
  maxPrice,
  tag = [],
  withoutTag = [],
  tagMatch,
}: ExportOptions): string {
  const query = new URLSearchParams({ format, formulas });
  const single = { q, sku, min_price: minPrice, max_price: maxPrice, tag_match: tagMatch };
  for (const [name, value] of Object.entries(single)) {
    if (value !== undefined) query.set(name, value);
  }
  for (const name of tag) query.append('tag', name);
  for (const name of withoutTag) query.append('without_tag', name);
  return query.toString();
}

/** The file has its name only when it is complete. What is no file, such as a device, is written directly. */
async function writeFile(content: Readable, file: string): Promise<void> {
  const isSpecial = await stat(file).then(
    (stats) => !stats.isFile(),
    () => false,
  );
  const part = isSpecial ? file : `${file}.part`;
  const display = progressDisplay();
  let bytes = 0;
  content.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    display.update({ what: 'Exporting', done: bytes, total: undefined, unit: 'MB' });
  });
  try {
    await pipeline(content, createWriteStream(part), { signal: interrupted });
    if (!isSpecial) await rename(part, file);
  } catch (error) {
    if (!isSpecial) await rm(part, { force: true });
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined || syscall === 'read') throw error;
    throw new CommandError(`${file} cannot be written: ${message}.`, { cause: error });
  } finally {
    display.clear();
  }
  process.stderr.write(`${file} is written (${megabytes(bytes)} MB).\n`);
}

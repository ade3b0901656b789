import { Transform, type TransformCallback } from 'node:stream';
import { json } from 'node:stream/consumers';
import { CommandError } from '../command-error';
import { Interruption, interrupted } from '../interruption';
import { cancelImport } from './cancel-import';
import { exchange } from './exchange';
import { followImport, type Import } from './follow-import';
import { type ProgressDisplay, progressDisplay } from './progress-display';
import { accountOf, type AccountOptions, type Session, withSession } from './session';
import { tellResult } from './tell-result';
import {
  type Format,
  mediaTypeOf,
  mediaTypeOfContent,
  NDJSON,
  openSource,
  type Source,
  STANDARD_INPUT,
} from './source';

export interface ImportOptions extends AccountOptions {
  readonly store: number;
  readonly format?: Format;
  readonly dryRun?: true;
  readonly map?: string[];
  readonly delimiter?: string;
  readonly decimal?: string;
  readonly tagDelimiter?: string;
  readonly emptyName?: string;
  readonly encoding?: string;
  readonly onError: string;
  readonly onExisting: string;
}

/** Sends a file, and follows its import to the end. Ctrl-C cancels it. */
export async function importFile(file: string, options: ImportOptions): Promise<void> {
  const source = await openSource(file);
  try {
    const named = mediaTypeOf(file, options.format);
    if (named === NDJSON) refuseCsvOptions(options, source.name);
    await withSession(options, file === STANDARD_INPUT, async (session) => {
      // Before a large file is sent, it is known whether it will be taken. This also renews a token.
      await session.api.imports.listOfStore({ id: options.store, limit: 1, signal: interrupted });
      const mediaType = named ?? (await mediaTypeOfContent(source.stream));
      if (mediaType === NDJSON) refuseCsvOptions(options, source.name);
      await importSource(source, mediaType, options, session);
    });
  } finally {
    source.stream.destroy();
  }
}

const CSV_OPTIONS = {
  '--map': 'map',
  '--delimiter': 'delimiter',
  '--decimal': 'decimal',
  '--tag-delimiter': 'tagDelimiter',
  '--empty-name': 'emptyName',
  '--encoding': 'encoding',
} as const satisfies Record<string, keyof ImportOptions>;

/** @throws CommandError for options that mean nothing for NDJSON, which is always in UTF-8 */
function refuseCsvOptions(options: ImportOptions, name: string): void {
  const said = Object.entries(CSV_OPTIONS).filter(
    ([, option]) => options[option] !== undefined && options[option] !== 'utf-8',
  );
  if (said.length === 0) return;
  const names = said.map(([option]) => option).join(' and ');
  throw new CommandError(`${names} can only be said of CSV, and ${name} is read as NDJSON.`);
}

async function importSource(
  source: Source,
  mediaType: string,
  options: ImportOptions,
  session: Session,
): Promise<void> {
  const { api } = session;
  const display = progressDisplay();
  let made: Import | undefined;
  try {
    made = await send(source, mediaType, options, session, display);
    const result = await followImport(api, made.id, display);
    display.clear();
    await tellResult(api, result, accountOf(options));
  } catch (error) {
    display.clear();
    if (error instanceof Interruption && made) await cancelImport(api, made.id);
    throw error;
  }
}

async function send(
  { stream, name, size }: Source,
  mediaType: string,
  options: ImportOptions,
  { url, accessToken }: Session,
  display: ProgressDisplay,
): Promise<Import> {
  const meter = new Meter((done) => {
    display.update({ what: `Sending ${name}`, done, total: size, unit: 'MB' });
  });
  stream.on('error', (error) => meter.destroy(error));
  const response = await exchange({
    method: 'POST',
    url,
    path: `/stores/${options.store}/imports?${queryOf(options)}`,
    headers: { 'content-type': mediaType, authorization: `Bearer ${accessToken() ?? ''}` },
    body: stream.pipe(meter),
  });
  return (await json(response)) as Import;
}

/** Only what was said: the server has the defaults. */
function queryOf(options: ImportOptions): string {
  const { dryRun, map = [], onError, onExisting } = options;
  const query = new URLSearchParams({ on_error: onError, on_existing: onExisting });
  const said = {
    delimiter: options.delimiter,
    decimal: options.decimal,
    tag_delimiter: options.tagDelimiter,
    empty_name: options.emptyName,
    encoding: options.encoding,
  };
  for (const [name, value] of Object.entries(said)) {
    if (value !== undefined) query.set(name, value);
  }
  if (dryRun) query.set('dry_run', 'true');
  for (const each of map) query.append('map', each);
  return query.toString();
}

/** Counts the bytes that pass. */
class Meter extends Transform {
  private bytes = 0;

  constructor(private readonly onBytes: (bytes: number) => void) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.onBytes(this.bytes);
    done(null, chunk);
  }
}

import { MIMEType } from 'node:util';
import { invalidInput, type InputFault, Problem, UNSUPPORTED_MEDIA_TYPE } from '../common/problems/problem';
import { toSnakeCase } from '../database/naming';
import { columnsOf, type CreateImportQueryDto, CSV_DEFAULTS } from './dto/create-import-query.dto';
import { CsvRows } from './file/csv-rows';
import { type Encoding, ENCODINGS } from './file/decode';
import { NdjsonRows } from './file/ndjson-rows';
import { UNSUPPORTED_FILE_TYPE } from './imports.problems';

/** How a file is read. */
export interface Reading {
  readonly encoding: Encoding;
  readonly rows: CsvRows | NdjsonRows;
}

const CSV_ONLY = ['delimiter', 'decimal', 'tagDelimiter', 'emptyName', 'map'] as const;

/**
 * How a file is read, by the media type and the parameters of its request.
 *
 * @throws Problem `unsupported_media_type` for a charset that is not read, `invalid_input` for parameters that mean nothing for
 * the format
 */
export function readingOf(query: CreateImportQueryDto, mediaType: string): Reading {
  const type = parse(mediaType);
  if (type.subtype === 'x-ndjson') return readingOfNdjson(query, charsetOf(type));
  // Programs add a charset that nobody has thought of, so what the query says comes first.
  const encoding = query.encoding ?? charsetOf(type) ?? 'utf-8';
  return { encoding, rows: csvRows(query) };
}

function readingOfNdjson(query: CreateImportQueryDto, charset: Encoding | undefined): Reading {
  if (charset !== undefined && charset !== 'utf-8')
    throw new Problem(UNSUPPORTED_MEDIA_TYPE, { detail: 'NDJSON is always in UTF-8.' });
  const faults: InputFault[] = CSV_ONLY.filter((name) => query[name] !== undefined).map((name) => ({
    parameter: toSnakeCase(name),
    message: 'means nothing for NDJSON',
  }));
  if (query.encoding !== undefined && query.encoding !== 'utf-8')
    faults.push({ parameter: 'encoding', message: 'must be utf-8, as NDJSON always is' });
  if (faults.length > 0) throw invalidInput(...faults);
  return { encoding: 'utf-8', rows: new NdjsonRows() };
}

function csvRows(query: CreateImportQueryDto): CsvRows {
  const { delimiter = CSV_DEFAULTS.delimiter, map } = query;
  return new CsvRows({
    delimiter: delimiter === 'tab' ? '\t' : delimiter,
    decimal: query.decimal ?? CSV_DEFAULTS.decimal,
    tagDelimiter: query.tagDelimiter ?? CSV_DEFAULTS.tagDelimiter,
    emptyName: query.emptyName ?? CSV_DEFAULTS.emptyName,
    columnOf: columnsOf(map),
  });
}

function parse(mediaType: string): MIMEType {
  try {
    return new MIMEType(mediaType);
  } catch (cause) {
    throw new Problem(UNSUPPORTED_FILE_TYPE, { cause });
  }
}

/** The encoding that the charset of a media type means; undefined if it has none. */
function charsetOf({ params }: MIMEType): Encoding | undefined {
  const charset = params.get('charset');
  if (charset === null) return undefined;
  const encoding = ENCODINGS.find((each) => each === standardName(charset));
  if (encoding !== undefined) return encoding;
  const detail = `The charset "${charset.slice(0, 40)}" is not read; it can be ${ENCODINGS.join(', ')}.`;
  throw new Problem(UNSUPPORTED_MEDIA_TYPE, { detail });
}

/** The name of an encoding by the standard of browsers, for which latin1 is windows-1252. */
function standardName(charset: string): string | undefined {
  try {
    return new TextDecoder(charset).encoding;
  } catch {
    return undefined;
  }
}

import { CsvError } from 'csv-parse';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Problem, REQUEST_TIMEOUT, TOO_LARGE, UNAVAILABLE } from '../common/problems/problem';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { type Transaction } from '../database/executor';
import { JobsService } from '../jobs/jobs.service';
import { checkRow } from './file/check-row';
import { COPIED_COLUMNS, copyText, storable } from './file/copy-text';
import { CsvRows } from './file/csv-rows';
import { decode, type Encoding } from './file/decode';
import { detached } from './file/detached';
import { FileFault, type RawRow } from './file/import-row';
import { NdjsonRows } from './file/ndjson-rows';
import { IMPORT_JOB } from './import-job';
import { ImportsRepository, INCOMPLETE, type ReceivedFile } from './imports.repository';
import { CANCELLED, INVALID_FILE } from './imports.problems';
import { ItemWritesRepository } from './item-writes.repository';
import { MAX_ERRORS } from './limits';
import { BodyPace } from '../common/http/body-pace';

/** How often it is told how many rows have arrived, in milliseconds. */
const REPORT_INTERVAL = 1000;

/** A database that takes nothing for so many reports is given up. */
const MAX_STALLED_REPORTS = 60;

/** What a file is in, and where its items go. */
export interface IncomingFile {
  readonly importId: number;
  readonly storeId: number;
  readonly body: Readable;
  readonly encoding: Encoding;
  readonly rows: CsvRows | NdjsonRows;
}

/** Streams a file into the database while it arrives: no more of it is in memory than one piece. */
@Injectable()
export class ImportReceiver {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly writes: ItemWritesRepository,
    private readonly jobs: JobsService,
    private readonly database: Database,
    private readonly environment: Environment,
  ) {}

  /**
   * Reads and checks all rows. They are there for the import when the transaction ends.
   *
   * @throws Problem `invalid_file`, `too_large`, `request_timeout`, `cancelled`
   */
  async receive(transaction: Transaction, file: IncomingFile): Promise<void> {
    const { importId, storeId } = file;
    // A body is read once. Without this, a second try would import nothing, and succeed.
    if (file.body.readableEnded) throw new Problem(UNAVAILABLE);
    try {
      const counter = new RowCounter(importId);
      const copy = await transaction.copyFrom(`COPY import_rows (${COPIED_COLUMNS}) FROM STDIN`);
      await this.copyRows(transaction, file, counter, copy);
      await this.writes.collectErrors(transaction, importId, MAX_ERRORS);
      const { header, format, hasTags } = summaryOf(file.rows);
      const received = { rows: counter.rows, failed: counter.failed, header, format, hasTags };
      if (!(await this.imports.queue(transaction, importId, received))) throw new Problem(CANCELLED);
      await this.jobs.add(transaction, IMPORT_JOB, `store ${storeId}`, importId);
    } catch (error) {
      throw toProblem(error, file.rows);
    }
  }

  private async copyRows(
    transaction: Transaction,
    { importId, body, encoding, rows }: IncomingFile,
    counter: RowCounter,
    copy: NodeJS.WritableStream,
  ): Promise<void> {
    const meter = new ByteMeter(this.environment.importMaxBytes);
    const abort = new AbortController();
    const pace = new BodyPace(performance.now());
    let stall = { bytes: 0, reports: 0 };
    const timer = setInterval(() => {
      if (body.readableLength === 0) {
        if (pace.isTooSlow(meter.bytes, performance.now())) abort.abort(new Problem(REQUEST_TIMEOUT));
      } else {
        // Something waits to be read: it is not the client that is slow.
        stall = { bytes: meter.bytes, reports: meter.bytes === stall.bytes ? stall.reports + 1 : 0 };
        if (stall.reports === MAX_STALLED_REPORTS) {
          abort.abort(new Problem(UNAVAILABLE));
          void transaction.giveUp('Connection terminated: the database takes no rows');
        }
      }
      this.imports.reportArrival(this.database, importId, counter.rows).then(
        (isWanted) => {
          if (!isWanted) abort.abort(new Problem(CANCELLED));
        },
        () => undefined,
      );
    }, REPORT_INTERVAL);
    const file = detached(
      body,
      (cause) => new Problem(INVALID_FILE, { detail: INCOMPLETE, ...(cause && { cause }) }),
    );
    try {
      await pipeline(file, meter, decode(encoding), rows.parser(), counter, copy, { signal: abort.signal });
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : error;
    } finally {
      clearInterval(timer);
    }
  }
}

/** Counts the bytes of a file, and ends it when there are too many. */
class ByteMeter extends PassThrough {
  bytes = 0;

  constructor(private readonly limit: number) {
    super();
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error | null, data?: Buffer) => void,
  ): void {
    this.bytes += chunk.length;
    if (this.bytes > this.limit) {
      done(
        new Problem(TOO_LARGE, { detail: `The file is larger than ${this.limit} bytes (IMPORT_MAX_BYTES).` }),
      );
    } else {
      done(null, chunk);
    }
  }
}

/** How much text is sent at once. */
const BATCH_LENGTH = 64 * 1024;

/**
 * Checks rows, counts them, and turns them into the text of COPY. It keeps the first bad rows, and of the others the SKU, by
 * which a later row is bad.
 */
class RowCounter extends Transform {
  rows = 0;
  failed = 0;
  private text = '';

  constructor(private readonly importId: number) {
    super({ writableObjectMode: true, encoding: 'utf8' });
  }

  override _transform(
    raw: RawRow,
    _encoding: string,
    done: (error?: Error | null, data?: string) => void,
  ): void {
    const row = checkRow(raw);
    this.rows++;
    const isBad = 'faults' in row;
    if (isBad) this.failed++;
    if (!isBad || this.failed <= MAX_ERRORS) this.text += copyText(this.importId, row);
    else if (row.sku !== null) this.text += copyText(this.importId, { ...row, faults: [], fields: [] });
    if (this.text.length < BATCH_LENGTH) {
      done();
      return;
    }
    const { text } = this;
    this.text = '';
    done(null, text);
  }

  override _flush(done: (error?: Error | null, data?: string) => void): void {
    done(null, this.text);
  }
}

function summaryOf(rows: CsvRows | NdjsonRows): Pick<ReceivedFile, 'header' | 'format' | 'hasTags'> {
  // An NDJSON file without rows is the export of an empty store.
  if (rows instanceof NdjsonRows) return { header: null, format: null, hasTags: rows.hasTags };
  if (!rows.header) throw new FileFault('The file is empty: it has no header.', 1);
  const { columns, format } = rows;
  const { decimal, tagDelimiter } = format;
  return {
    header: rows.header.map(storable),
    format: { columns, decimal, tagDelimiter },
    hasTags: rows.has('tags'),
  };
}

function toProblem(error: unknown, rows: CsvRows | NdjsonRows): unknown {
  const fault = error instanceof CsvError && rows instanceof CsvRows ? rows.toFileFault(error) : error;
  return fault instanceof FileFault
    ? new Problem(INVALID_FILE, { detail: fault.message, cause: fault })
    : error;
}

import { createReadStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Bench } from './bench';
import { writeCopyFile, writeImportFile } from './bulk-file';
import { readMemory } from './cpu';
import { HttpClient } from './http';
import { median, percentile } from './statistics';

/** How often memory is read, and other requests are sent, in milliseconds. */
const SAMPLE_INTERVAL = 50;

/** How long other requests are measured while nothing else happens, in milliseconds. */
const IDLE = 3000;

/** Times in seconds. */
interface Figures {
  copy: number;
  withoutHistory: number;
  import: number;
  undo: number;
  export: number;
  /** MiB that the server grew by during the import, at most */
  memory: number;
  /** the 99th percentile of other requests, in milliseconds */
  idleP99: number;
  busyP99: number;
}

/** Imports a file, takes it back, and exports it, each beside a bare COPY. @returns the table of all rounds */
export async function measureBulk(bench: Bench): Promise<string> {
  const { rows, rounds } = bench.options;
  const client = new pg.Client(bench.database.url);
  await client.connect();
  const figures: Figures[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      bench.log(`Round ${round} of ${rounds}`);
      figures.push(await new Round(bench, client, rows).measure());
    }
  } finally {
    await client.end();
  }
  return format(rows, figures);
}

class Round {
  private readonly client: HttpClient;
  private token = '';

  constructor(
    private readonly bench: Bench,
    private readonly database: pg.Client,
    private readonly rows: number,
  ) {
    this.client = bench.emporium.server.client;
  }

  async measure(): Promise<Figures> {
    const copy = await this.phase('COPY', () => this.copy());
    await this.database.query('ALTER TABLE items DISABLE TRIGGER record_insert');
    await this.database.query('ALTER TABLE item_tags DISABLE TRIGGER record_insert');
    const without = await this.phase('import without history', () => this.import());
    await this.database.query('ALTER TABLE items ENABLE TRIGGER record_insert');
    await this.database.query('ALTER TABLE item_tags ENABLE TRIGGER record_insert');
    await this.remove(without.storeId);
    const idleP99 = await this.whileProbing(() => sleep(IDLE)).then(({ p99 }) => p99);
    const before = await readMemory(this.bench.emporium.server.pid);
    const { result, p99, memory } = await this.phase('import', () => this.whileProbing(() => this.import()));
    const exporting = await this.phase('export', () => this.export(result.storeId));
    const undo = await this.phase('undo', () => this.undo(result.id));
    await this.remove(result.storeId);
    return {
      copy,
      withoutHistory: without.seconds,
      import: result.seconds,
      undo,
      export: exporting,
      memory: memory - before,
      idleP99,
      busyP99: p99,
    };
  }

  /** Runs a part of the round with a token that is new, because a round takes longer than the lifetime of one. */
  private async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.token = await this.bench.emporium.logIn();
    const start = performance.now();
    const result = await work();
    this.bench.log(`  ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  }

  /** The limit: the same rows into the table with all its indexes, but without triggers, checks, tags and requests. */
  private async copy(): Promise<number> {
    const storeId = await this.newStore();
    const file = path.join(this.bench.directory, 'copy.csv');
    await writeCopyFile(file, this.rows, storeId);
    await this.bench.database.checkpoint();
    await this.database.query('SET session_replication_role = replica');
    const seconds = await timed(() =>
      pipeline(
        createReadStream(file),
        this.database.query(copyFrom('COPY items (name, price, sku, store_id) FROM STDIN CSV')),
      ),
    );
    await this.database.query('SET session_replication_role = origin');
    await this.remove(storeId);
    return seconds;
  }

  /** From the first byte until the import has succeeded. */
  private async import(): Promise<{ storeId: number; id: number; seconds: number }> {
    const storeId = await this.newStore();
    const file = path.join(this.bench.directory, 'import.csv');
    await writeImportFile(file, this.rows);
    await this.bench.database.checkpoint();
    let id = 0;
    const seconds = await timed(async () => {
      ({ id } = JSON.parse(await this.send(`/stores/${storeId}/imports`, file)) as { id: number });
      for (;;) {
        const { state } = JSON.parse(await this.send(`/imports/${id}`)) as { state: string };
        if (state === 'succeeded') return;
        if (state !== 'queued' && state !== 'running') throw new Error(`The import ended as ${state}.`);
        await sleep(SAMPLE_INTERVAL);
      }
    });
    return { storeId, id, seconds };
  }

  private async export(storeId: number): Promise<number> {
    await this.bench.database.checkpoint();
    return timed(async () => {
      const response = await this.open(`/stores/${storeId}/items/export`);
      let lines = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) lines += countLines(chunk);
      if (lines !== this.rows + 1) throw new Error(`The export has ${lines} lines.`);
    });
  }

  private async undo(id: number): Promise<number> {
    return timed(async () => {
      const { status, text } = await this.client.post(`/imports/${id}/undo`, {}, this.token);
      if (status !== 200) throw new Error(`The undo answered ${status}: ${text}`);
    });
  }

  private async newStore(): Promise<number> {
    const name = `Bulk ${process.hrtime.bigint()}`;
    const { status, text } = await this.client.post('/stores', { name }, this.token);
    if (status !== 201) throw new Error(`The store answered ${status}: ${text}`);
    return (JSON.parse(text) as { id: number }).id;
  }

  /** Leaves the table as it was. */
  private async remove(storeId: number): Promise<void> {
    await this.database.query('DELETE FROM stores WHERE id = $1', [storeId]);
    await this.database.query('VACUUM items, item_tags, changes, import_rows');
  }

  /** Sends other requests meanwhile, one after another, and looks how much memory the server has. */
  private async whileProbing<T>(work: () => Promise<T>): Promise<{ result: T; p99: number; memory: number }> {
    const { server } = this.bench.emporium;
    const probe = new HttpClient(server.url);
    const times: number[] = [];
    let memory = 0;
    const end = new AbortController();
    const probing = (async () => {
      while (!end.signal.aborted) {
        const seconds = await timed(async () => {
          await probe.getJson('/items/1');
        });
        times.push(seconds * 1000);
        memory = Math.max(memory, await readMemory(server.pid));
        await sleep(SAMPLE_INTERVAL);
      }
    })();
    try {
      const result = await work();
      end.abort();
      await probing;
      return { result, p99: percentile(times, 0.99), memory };
    } finally {
      end.abort();
      probe.close();
    }
  }

  /** Reads from the API, or sends it a file. @returns the body of the answer */
  private async send(target: string, file?: string): Promise<string> {
    return text(await this.open(target, file));
  }

  /** @returns an answer whose body has not arrived yet */
  private open(target: string, file?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.token}`, ...(file && { 'content-type': 'text/csv' }) };
      const url = new URL(target, this.bench.emporium.server.url);
      const sent = request(url, { method: file ? 'POST' : 'GET', headers }, (response) => {
        if ((response.statusCode ?? 500) < 300) resolve(response);
        else
          text(response).then((body) => {
            reject(new Error(`${target} answered ${response.statusCode ?? ''}: ${body}`));
          }, reject);
      });
      sent.once('error', reject);
      if (file) createReadStream(file).once('error', reject).pipe(sent);
      else sent.end();
    });
  }
}

const NEW_LINE = 0x0a;

function countLines(chunk: Buffer): number {
  let found = 0;
  for (let at = chunk.indexOf(NEW_LINE); at !== -1; at = chunk.indexOf(NEW_LINE, at + 1)) found++;
  return found;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function format(rows: number, figures: readonly Figures[]): string {
  const range = (valueOf: (each: Figures) => number, digits = 0) => {
    const values = figures.map(valueOf);
    const text = (value: number) => value.toFixed(digits);
    return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
  };
  const rate = (valueOf: (each: Figures) => number) => range((each) => rows / valueOf(each));
  return [
    `${rows} rows with two tags each: medians of ${figures.length} rounds, and their ranges`,
    '',
    `bare COPY into items          ${rate((each) => each.copy)} rows/s`,
    `import                        ${rate((each) => each.import)} rows/s`,
    `  of the rate of the COPY     ${range((each) => each.copy / each.import, 2)}`,
    `  to one without the history  ${range((each) => each.import / each.withoutHistory, 2)} times its time`,
    `  memory of the server        +${range((each) => each.memory)} MiB at most`,
    `  other requests, p99         ${range((each) => each.busyP99, 1)} ms, idle ${range((each) => each.idleP99, 1)} ms`,
    `undo                          ${range((each) => each.undo / each.import, 2)} times the time of the import`,
    `export                        ${rate((each) => each.export)} rows/s`,
    '',
  ].join('\n');
}

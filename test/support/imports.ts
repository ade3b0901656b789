import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer } from './client';
import { type TestStore } from './factories';

export const CSV = { 'content-type': 'text/csv' };
export const NDJSON = { 'content-type': 'application/x-ndjson' };

/** An import as the API shows it. */
export interface ShownImport {
  id: number;
  state: string;
  rows: number;
  processed: number;
  inserted: number;
  updated: number;
  unchanged: number;
  failed: number;
}

type File = string | Uint8Array<ArrayBuffer>;

/** Sends a file to a store, as its owner. @param query with its `?` */
export function sendFile(
  { id, owner }: TestStore,
  raw: File,
  query = '',
  headers: Record<string, string> = CSV,
): Promise<Answer> {
  return owner.api.call('POST', `/stores/${id}/imports${query}`, { raw, headers });
}

/** Sends a file, and waits until the import is finished or previewed. */
export async function importFile(
  store: TestStore,
  raw: File,
  query = '',
  headers?: Record<string, string>,
): Promise<ShownImport> {
  const answer = await sendFile(store, raw, query, headers);
  if (answer.status !== 202) throw new Error(`the import answered ${answer.status}: ${answer.text}`);
  return finishedImport(store, (answer.body as ShownImport).id);
}

/** Waits until an import or an edit is finished or previewed. */
export async function finishedImport({ owner }: TestStore, id: number): Promise<ShownImport> {
  for (;;) {
    const shown = (await owner.api.get(`/imports/${id}`)).body as ShownImport;
    if (!['receiving', 'queued', 'running'].includes(shown.state)) return shown;
    await sleep(20);
  }
}

/** The items of a store: name, price, sku and the names of the tags. */
export async function itemsOf({ id, owner }: TestStore): Promise<unknown[][]> {
  const items = (await owner.api.get(`/stores/${id}/items?limit=100`)).body as {
    name: string;
    price: number;
    sku: string | null;
    tags: { name: string }[];
  }[];
  return items.map(({ name, price, sku, tags }) => [name, price, sku, tags.map((tag) => tag.name)]);
}

/** What is wrong with the rows: line, pointer and message. */
export async function errorsOf({ owner }: TestStore, { id }: { id: number }): Promise<unknown[][]> {
  const errors = (await owner.api.get(`/imports/${id}/errors?limit=100`)).body as {
    line: number;
    pointer: string;
    message: string;
  }[];
  return errors.map(({ line, pointer, message }) => [line, pointer, message]);
}

import { isDeepStrictEqual } from 'node:util';
import { countStores, tagId, COLOURS, RARE_TAGS, UBIQUITOUS_TAG } from './data-set';
import { type Answer, type HttpClient, nextPage } from './http';
import { randomTo } from './random';
import { type Emporium, type Server } from './servers';

interface Row {
  id: number;
}

/** Sends the same requests to both servers, and returns the differences of their bodies. */
export async function compareBodies(limit: Server, emporium: Emporium, items: number): Promise<string[]> {
  const comparison = new Comparison(limit.client, emporium.server.client);
  for (let count = 0; count < 200; count++) await comparison.get(`/items/${randomTo(items)}`);
  await comparison.get('/items/1');
  await comparison.get(`/items/${items}`);
  await comparison.expectStatus(`/items/${items + 1_000_000}`, 404);
  await comparison.walk('/items?limit=20');
  await comparison.walk('/items?limit=100');
  for (const tag of [UBIQUITOUS_TAG, ...COLOURS, ...RARE_TAGS]) {
    await comparison.walk(`/items?tag_id=${tagId(randomTo(countStores(items)), tag)}&limit=20`);
  }
  const item = { name: 'Créme brûlée \u{1F36E} "to go"\\', price: 12.3, store_id: 1 };
  const sku = () => `bench-${randomTo(1e12)}`;
  const token = await emporium.logIn();
  await comparison.create({ ...item, sku: sku() }, { ...item, sku: sku() }, token);
  await comparison.change(`/items/${randomTo(items)}`, token);
  return comparison.differences;
}

const PAGES = 3;

class Comparison {
  readonly differences: string[] = [];

  constructor(
    private readonly limit: HttpClient,
    private readonly emporium: HttpClient,
  ) {}

  async get(path: string): Promise<void> {
    this.check(path, await this.limit.getJson(path), await this.emporium.getJson(path));
  }

  async expectStatus(path: string, status: number): Promise<void> {
    const statuses = [(await this.limit.get(path)).status, (await this.emporium.get(path)).status];
    this.check(`the status of ${path}`, statuses, [status, status]);
  }

  /** Compares the first pages: those of the limit server by the last id, those of Emporium by its links. */
  async walk(path: string): Promise<void> {
    let theirs: string | undefined = path;
    let ours: string | undefined = path;
    for (let page = 1; page <= PAGES && theirs !== undefined; page++) {
      const rows = (await this.limit.getJson(theirs)) as Row[];
      const answer: Answer | undefined = ours === undefined ? undefined : await this.emporium.get(ours);
      if (answer && answer.status !== 200) {
        this.differences.push(`${ours ?? ''} answered ${answer.status}: ${answer.text}`);
        return;
      }
      const shown: unknown = answer === undefined ? [] : JSON.parse(answer.text);
      this.check(`page ${page} of ${path}`, rows, shown);
      ours = answer && nextPage(answer);
      const last = rows.at(-1);
      theirs = last && `${path}&after=${last.id}`;
    }
  }

  /** Creates an item with each server, and reads both items from both servers. */
  async create(theirs: object, ours: object, token: string): Promise<void> {
    const answers = [
      await this.limit.post('/items', theirs),
      await this.emporium.post('/items', ours, token),
    ];
    for (const { status, text } of answers) {
      if (status !== 201) {
        this.differences.push(`POST /items answered ${status}: ${text}`);
        continue;
      }
      const made = JSON.parse(text) as Row;
      this.check('a new item', made, await this.limit.getJson(`/items/${made.id}`));
      this.check('a new item', made, await this.emporium.getJson(`/items/${made.id}`));
    }
  }

  /** Changes the item with each server, one after the other, and reads it from both. */
  async change(path: string, token: string): Promise<void> {
    for (const [server, price] of [
      [this.limit, 1.1],
      [this.emporium, 22.22],
    ] as const) {
      const { status, text } = await server.patch(path, { price }, token);
      this.check(`the status of PATCH ${path}`, status, 200);
      this.check(`PATCH ${path}`, JSON.parse(text), await this.limit.getJson(path));
      this.check(`PATCH ${path}`, JSON.parse(text), await this.emporium.getJson(path));
    }
  }

  private check(what: string, theirs: unknown, ours: unknown): void {
    if (!isDeepStrictEqual(theirs, ours))
      this.differences.push(`${what} differs: ${difference(theirs, ours)}`);
  }
}

/** The first position at which two texts differ, with the text around it. */
function difference(theirs: unknown, ours: unknown): string {
  const texts = [JSON.stringify(theirs), JSON.stringify(ours)] as [string, string];
  let at = 0;
  while (texts[0][at] === texts[1][at] && at < texts[0].length) at++;
  const [limit, emporium] = texts.map((text) => `…${text.slice(Math.max(0, at - 30), at + 60)}…`);
  return `limit server ${limit ?? ''} Emporium ${emporium ?? ''}`;
}

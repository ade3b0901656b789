import { type components, type Emporium, isProblem, type ProblemCode } from '../client/src';
import { type Credentials, explain, logIn } from './api';
import { type Product, readSuperstore, type StoreContent } from './superstore';

export interface LoadOptions extends Credentials {
  /** the URL of the server */
  url: string;
  /** the catalogue to load; the Superstore if undefined */
  catalogue?: readonly StoreContent[];
  onProgress?: (done: number, total: number) => void;
}

export interface LoadResult {
  changes: Changes;
  /** the contents of the stores at the end, read from the server */
  stores: StoreSummary[];
}

/** How many rows of each kind were created, and how many items were changed. */
export interface Changes {
  stores: number;
  tags: number;
  items: number;
  links: number;
  changedItems: number;
}

export interface StoreSummary {
  id: number;
  name: string;
  items: number;
  tags: number;
  links: number;
  /** undefined in a store without items */
  lowestPrice: number | undefined;
  highestPrice: number | undefined;
}

type Store = components['schemas']['Store'];
type Item = components['schemas']['Item'];

/** An item to create or change. */
interface Job {
  store: Store;
  tagIds: number[];
  product: Product;
  item: Item | undefined;
}

/** Enough to keep a server busy, but few enough for other clients. */
const REQUESTS_AT_ONCE = 8;

/** The longest page of a list. */
const PAGE = 100;

/**
 * Loads a catalogue into the stores of an account. It writes only what is missing or different, so it can be run again
 * at any time: that completes an aborted run, and changes nothing after a complete one. Other rows in the stores stay.
 *
 * @throws ApiError when the server does not answer, or returns an error
 */
export async function loadCatalogue(options: LoadOptions): Promise<LoadResult> {
  const { url, email, password, catalogue = readSuperstore(), onProgress = () => undefined } = options;
  try {
    const api = await logIn(url, { email, password });
    // The session is ended, so that runs do not leave sessions behind. A failure of that is ignored, because it would
    // hide an error of the load.
    return await new Loader(api)
      .load(catalogue, onProgress)
      .finally(() => api.auth.logout().catch(() => undefined));
  } catch (error) {
    throw explain(error, url);
  }
}

class Loader {
  private readonly changes: Changes = { stores: 0, tags: 0, items: 0, links: 0, changedItems: 0 };

  constructor(private readonly api: Emporium) {}

  async load(
    catalogue: readonly StoreContent[],
    onProgress: (done: number, total: number) => void,
  ): Promise<LoadResult> {
    const { id: ownerId } = await this.api.account.get();
    const stores: Store[] = [];
    const jobs: Job[] = [];
    await forEach(catalogue, async (content) => {
      const store = await this.provideStore(content.name, ownerId);
      stores.push(store);
      jobs.push(...(await this.planItems(store, content)));
    });

    let done = 0;
    onProgress(done, jobs.length);
    await forEach(jobs, async (job) => {
      await this.provideItem(job);
      onProgress(++done, jobs.length);
    });
    return { changes: this.changes, stores: await this.summarise(stores) };
  }

  private async provideStore(name: string, ownerId: number): Promise<Store> {
    const find = async () =>
      findByName(await this.api.stores.list({ owner_id: ownerId, limit: PAGE }).all(), name);
    const post = () => this.api.stores.create({ body: { name } });
    return (await find()) ?? this.create('stores', post, 'store_name_taken', find);
  }

  private async planItems(store: Store, { tags, products }: StoreContent): Promise<Job[]> {
    const tagIds = await this.provideTags(store.id, tags);
    const items = await this.api.items.listOfStore({ id: store.id, limit: PAGE }).all();
    const bySku = new Map(items.map((item) => [item.sku, item]));
    return products.map((product) => ({
      store,
      product,
      tagIds: product.tags.flatMap((name) => tagIds.get(name) ?? []),
      item: bySku.get(product.sku),
    }));
  }

  /** Creates missing tags. @returns the ids of all these tags by name */
  private async provideTags(id: number, names: readonly string[]): Promise<Map<string, number>> {
    const list = () => this.api.tags.list({ id, limit: PAGE }).all();
    const there = await list();
    const ids = new Map<string, number>();
    for (const name of names) {
      const tag =
        findByName(there, name) ??
        (await this.create(
          'tags',
          () => this.api.tags.create({ id, body: { name } }),
          'tag_name_taken',
          async () => findByName(await list(), name),
        ));
      ids.set(name, tag.id);
    }
    return ids;
  }

  private async provideItem({ store, product, tagIds, item: known }: Job): Promise<void> {
    const { sku, name, price } = product;
    const item =
      known ??
      (await this.create(
        'items',
        () => this.api.items.create({ body: { store_id: store.id, sku, name, price } }),
        'sku_taken',
        async () => (await this.api.items.listOfStore({ id: store.id, sku })).rows[0],
      ));
    if (item.name !== name || item.price !== price) {
      // The rows of lists have no entity tag, and the server may refuse a change without one.
      const seen = await this.api.items.get({ id: item.id });
      await this.api.items.update({ id: item.id, body: { name, price }, ifMatch: seen });
      this.changes.changedItems++;
    }
    const missing = tagIds.filter((id) => !item.tags.some((tag) => tag.id === id));
    if (missing.length > 0) {
      await this.api.items.linkTags({ id: item.id, body: { tags: missing } });
      this.changes.links += missing.length;
    }
  }

  /**
   * Creates a row. If it exists already, another run has created it: then it reads the row.
   */
  private async create<T>(
    counter: keyof Changes,
    post: () => Promise<T>,
    takenCode: ProblemCode,
    find: () => Promise<T | undefined>,
  ): Promise<T> {
    try {
      const row = await post();
      this.changes[counter]++;
      return row;
    } catch (error) {
      const row = isProblem(error, takenCode) ? await find() : undefined;
      if (row === undefined) throw error;
      return row;
    }
  }

  private async summarise(stores: readonly Store[]): Promise<StoreSummary[]> {
    const summaries: StoreSummary[] = [];
    await forEach(stores, async ({ id, name }) => {
      const [items, tags] = await Promise.all([
        this.api.items.listOfStore({ id, limit: PAGE }).all(),
        this.api.tags.list({ id, limit: PAGE }).all(),
      ]);
      const prices = items.map(({ price }) => price).sort((a, b) => a - b);
      summaries.push({
        id,
        name,
        items: items.length,
        tags: tags.length,
        links: items.reduce((sum, item) => sum + item.tags.length, 0),
        lowestPrice: prices.at(0),
        highestPrice: prices.at(-1),
      });
    });
    return summaries.sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }
}

/** Names of stores and tags are unique without regard to case. */
function findByName<T extends { name: string }>(rows: readonly T[], name: string): T | undefined {
  return rows.find((row) => row.name.toLowerCase() === name.toLowerCase());
}

/** Runs `work` for several values at once. After a failure it starts no more work, and waits for the rest. */
async function forEach<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const queue = values.values();
  let failed = false;
  const workers = Array.from({ length: REQUESTS_AT_ONCE }, async () => {
    for (const value of queue) {
      if (failed) return;
      try {
        await work(value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  });
  const rejected = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (rejected) throw rejected.reason;
}

import { type components, type Emporium, isProblem } from '../client/src';
import { type Credentials, explain, logIn } from './api';
import { importItems } from './import-items';
import { readSuperstore, type StoreContent } from './superstore';

export interface LoadOptions extends Credentials {
  /** the URL of the server */
  url: string;
  /** the compiled command line of Emporium */
  cli: string;
  /** the catalogue to load; the Superstore if undefined */
  catalogue?: readonly StoreContent[];
  /** is told what became of the import into each store */
  onStore?: (name: string, result: string) => void;
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

/** The longest page of a list. */
const PAGE = 100;

/**
 * Imports a catalogue into the stores of an account, each store at once. What is there as it should be is not written, so
 * it can be run again at any time. Other items in the stores stay.
 *
 * @returns the contents of the stores at the end, read from the server
 * @throws ApiError when the server does not answer, or refuses something
 */
export async function loadCatalogue(options: LoadOptions): Promise<StoreSummary[]> {
  const { url, cli, email, password, catalogue = readSuperstore(), onStore = () => undefined } = options;
  const load = async (api: Emporium) => {
    const { id: ownerId } = await api.account.get();
    const stores: Store[] = [];
    for (const { name, products } of catalogue) {
      const store = await provideStore(api, name, ownerId);
      onStore(name, await importItems(products, { cli, url, email, password, storeId: store.id }));
      stores.push(store);
    }
    return Promise.all(stores.map((store) => summarise(api, store)));
  };
  try {
    const api = await logIn(url, { email, password });
    // The session is ended, so that runs do not leave sessions behind. A failure of that is ignored, because it would
    // hide an error of the load.
    return await load(api).finally(() => api.auth.logout().catch(() => undefined));
  } catch (error) {
    throw explain(error, url);
  }
}

/** Names of stores are unique without regard to case. */
async function provideStore(api: Emporium, name: string, ownerId: number): Promise<Store> {
  const find = async () => {
    const stores = await api.stores.list({ owner_id: ownerId, limit: PAGE }).all();
    return stores.find((store) => store.name.toLowerCase() === name.toLowerCase());
  };
  const there = await find();
  if (there) return there;
  try {
    return await api.stores.create({ body: { name } });
  } catch (error) {
    // Another run has just created it.
    const other = isProblem(error, 'store_name_taken') ? await find() : undefined;
    if (!other) throw error;
    return other;
  }
}

async function summarise(api: Emporium, { id, name }: Store): Promise<StoreSummary> {
  const [items, tags] = await Promise.all([
    api.items.listOfStore({ id, limit: PAGE }).all(),
    api.tags.list({ id, limit: PAGE }).all(),
  ]);
  const prices = items.map(({ price }) => price).sort((a, b) => a - b);
  return {
    id,
    name,
    items: items.length,
    tags: tags.length,
    links: items.reduce((sum, item) => sum + item.tags.length, 0),
    lowestPrice: prices.at(0),
    highestPrice: prices.at(-1),
  };
}

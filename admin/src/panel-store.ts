import { localStorageStore, memoryStore, type Store } from 'react-admin';

/** What stays after a logout: it says how the panel looks in this browser, and nothing of the account. */
const STAYS = 'theme';

const kept = localStorageStore();
const ofWindow = memoryStore();

/** Each window has a selection of its own: a button must not act on rows that its window does not show. */
const storeOf = (key: string) => (key.endsWith('.selectedIds') ? ofWindow : kept);

/** Where react-admin keeps how lists are shown. */
export const panelStore: Store = {
  setup: () => {
    kept.setup();
    ofWindow.setup();
  },
  teardown: () => {
    kept.teardown();
    ofWindow.teardown();
  },
  getItem: (key, defaultValue) => storeOf(key).getItem(key, defaultValue),
  setItem: (key, value) => {
    storeOf(key).setItem(key, value);
  },
  removeItem: (key) => {
    storeOf(key).removeItem(key);
  },
  removeItems: (keyPrefix) => {
    kept.removeItems(keyPrefix);
    ofWindow.removeItems(keyPrefix);
  },
  reset: () => {
    const value: unknown = kept.getItem(STAYS);
    kept.reset();
    ofWindow.reset();
    if (value !== undefined) kept.setItem(STAYS, value);
  },
  subscribe: (key, callback) => storeOf(key).subscribe(key, callback),
};

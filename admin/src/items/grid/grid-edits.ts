import { useSyncExternalStore } from 'react';
import { api, type Item } from '../../api';
import { asUser } from '../../as-user';
import { updateSeen } from '../../data/writes';
import { translate } from '../../i18n/provider';
import { Cancelled, PanelError } from '../../panel-error';
import { type CachedItems } from '../cached-items';
import { type EditableColumn } from './columns';
import { toValue } from './values';

/** What differs in a cell from what the list shows. */
export interface Cell {
  readonly state: 'typing' | 'saving' | 'saved' | 'refused';
  readonly text: string;
  readonly item: Item;
  readonly column: EditableColumn;
  /** why a value was refused */
  readonly reason?: string;
}

export interface Written {
  before: Item;
  after: Item;
}

export interface Summary {
  saving: number;
  refused: number;
  /** whether something would be lost if the page went away */
  isUnsaved: boolean;
}

/** How long a cell shows that it is saved, in milliseconds. */
const SAVED_FOR = 4000;

/**
 * The values that were typed into the grid, until they are saved. They outlive the page of the list that they were typed
 * on: a refused value is there again when its row is.
 */
export class GridEdits {
  private readonly cells = new Map<string, Cell>();
  /** what the person had seen of the item when they began to change a cell */
  private readonly seen = new Map<string, Item>();
  /** what was written here last: rows are drawn a moment later, and until then show what was before */
  private readonly known = new Map<number, Item>();
  /** the last write of each item: two values of one item are saved one after the other, else one would refuse the other */
  private readonly queues = new Map<number, Promise<unknown>>();
  private readonly listeners = new Set<() => void>();
  private summary: Summary = { saving: 0, refused: 0, isUnsaved: false };

  constructor(private readonly cached: CachedItems) {}

  useCell(id: number, column: EditableColumn): Cell | undefined {
    return useSyncExternalStore(this.subscribe, () => this.cells.get(keyOf(id, column)));
  }

  useSummary(): Summary {
    return useSyncExternalStore(this.subscribe, this.readSummary);
  }

  readonly readSummary = (): Summary => this.summary;

  cellOf(id: number, column: EditableColumn): Cell | undefined {
    return this.cells.get(keyOf(id, column));
  }

  /** Keeps what is being typed. */
  type(item: Item, column: EditableColumn, text: string): void {
    this.set({ state: 'typing', text, item, column });
  }

  /** Shows the value as being saved before its turn comes. */
  announce(item: Item, column: EditableColumn, text: string): void {
    this.set({ state: 'saving', text, item, column });
  }

  /** Keeps what was being typed as a value that is not saved. */
  keep(id: number, column: EditableColumn): void {
    const cell = this.cells.get(keyOf(id, column));
    if (cell?.state !== 'typing') return;
    this.set({ ...cell, state: 'refused', reason: translate('emporium.items.grid.refused') });
  }

  /** Forgets what was typed, so that the value of the list is shown. */
  restore(id: number, column: EditableColumn): void {
    const key = keyOf(id, column);
    this.cells.delete(key);
    this.seen.delete(key);
    this.notify();
  }

  /**
   * Saves what was typed. A refused value stays in its cell, with its reason.
   *
   * @param item as the person sees it, unless they began to change the cell before
   * @returns what was written; undefined if nothing was
   */
  async save(item: Item, column: EditableColumn, text: string): Promise<Written | undefined> {
    const cell = this.set({ state: 'saving', text, item, column });
    const { value, fault } = toValue(column, text);
    if (fault !== undefined) {
      this.set({ ...cell, state: 'refused', reason: fault });
      return undefined;
    }
    const written = (this.queues.get(item.id) ?? Promise.resolve()).then(() => this.write(cell, value));
    this.queues.set(item.id, written);
    return written;
  }

  async retry(): Promise<void> {
    const refused = [...this.cells.values()].filter(({ state }) => state === 'refused');
    await Promise.all(refused.map(({ item, column, text }) => this.save(item, column, text)));
  }

  discard(): void {
    for (const { state, item, column } of this.cells.values()) {
      if (state === 'refused') this.restore(item.id, column);
    }
  }

  private async write(cell: Cell, value: string | number): Promise<Written | undefined> {
    const { item, column } = cell;
    const key = keyOf(item.id, column);
    const before = this.seen.get(key) ?? item;
    if (before[column] === value) {
      if (this.cells.get(key) === cell) this.restore(item.id, column);
      return undefined;
    }
    try {
      const after = (await updateSeen(
        'items',
        item.id,
        { [column]: value },
        { ...before },
      )) as unknown as Item;
      this.isNow(after);
      if (this.cells.get(key) === cell) this.showSaved(cell);
      return { before, after };
    } catch (error) {
      if (error instanceof Cancelled) await this.readAgain(item.id, key);
      if (this.cells.get(key) === cell)
        this.set({ ...cell, state: 'refused', reason: reasonOf(error, column) });
      return undefined;
    }
  }

  private showSaved(cell: Cell): void {
    const key = keyOf(cell.item.id, cell.column);
    const saved = this.set({ ...cell, state: 'saved' });
    this.seen.delete(key);
    setTimeout(() => {
      if (this.cells.get(key) === saved) this.restore(cell.item.id, cell.column);
    }, SAVED_FOR);
  }

  /** They have seen what it is now when they were asked. For the cell they have chosen nothing, so they are asked again. */
  private async readAgain(id: number, undecided: string): Promise<void> {
    try {
      this.isNow(await asUser(() => api.items.get({ id })), undecided);
    } catch {
      // Then the next attempt tells what is wrong.
    }
  }

  /** An item has moved on with the knowledge of the person: what else they change of it starts from there. */
  private isNow(item: Item, except?: string): void {
    this.cached.put(item);
    this.known.set(item.id, item);
    for (const column of ['name', 'price'] as const) {
      const key = keyOf(item.id, column);
      if (key !== except && this.seen.has(key)) this.seen.set(key, item);
    }
  }

  private set(cell: Cell): Cell {
    const key = keyOf(cell.item.id, cell.column);
    this.cells.set(key, cell);
    if (!this.seen.has(key)) this.seen.set(key, this.latest(cell.item));
    this.notify();
    return cell;
  }

  /** The item as it was written here last, if that is newer. */
  latest(item: Item): Item {
    const known = this.known.get(item.id);
    return known && known.updated_at > item.updated_at ? known : item;
  }

  private notify(): void {
    const cells = [...this.cells.values()];
    const saving = cells.filter(({ state }) => state === 'saving').length;
    const refused = cells.filter(({ state }) => state === 'refused').length;
    const isTyping = cells.some(({ state }) => state === 'typing');
    const isUnsaved = saving + refused > 0 || isTyping;
    if (
      saving !== this.summary.saving ||
      refused !== this.summary.refused ||
      isUnsaved !== this.summary.isUnsaved
    )
      this.summary = { saving, refused, isUnsaved };
    for (const listener of this.listeners) listener();
  }

  private readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };
}

function keyOf(id: number, column: EditableColumn): string {
  return `${id} ${column}`;
}

function reasonOf(error: unknown, column: EditableColumn): string {
  if (!(error instanceof PanelError)) return String(error);
  // A cell has little room.
  if (error.status === 503 || error.status === 429) return translate('emporium.items.grid.busy');
  const told = error.body.errors?.[column];
  return typeof told === 'string' ? told : error.message;
}

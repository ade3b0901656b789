/** A tag as its item shows it. */
export class ItemTagDto {
  /** @example 5 */
  id!: number;

  /** @example garden */
  name!: string;
}

/** An item. */
export class ItemDto {
  /** @example 42 */
  id!: number;

  /** @example 'Watering can, 5 l' */
  name!: string;

  /**
   * exact, with at most two decimals
   * @example 15.99
   */
  price!: number;

  /**
   * the store's own number for it
   * @example WC-5
   */
  sku!: string | null;

  /** @example 3 */
  storeId!: number;

  /** by name */
  tags!: ItemTagDto[];

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

/** A tag as its item shows it. */
export class ItemTagDto {
  /** @example 1 */
  id!: number;

  /** @example garden */
  name!: string;
}

/** An item. */
export class ItemDto {
  /** @example 1 */
  id!: number;

  /** @example 'Watering can' */
  name!: string;

  /**
   * exact, with at most two decimals
   * @example 15.99
   */
  price!: number;

  /**
   * the number that the store has given to it
   * @example WC-5
   */
  sku!: string | null;

  /** @example 1 */
  storeId!: number;

  /** in the order of their names */
  tags!: ItemTagDto[];

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

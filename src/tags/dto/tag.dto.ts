/** A tag. */
export class TagDto {
  /** @example 5 */
  id!: number;

  /** @example garden */
  name!: string;

  /**
   * the store whose items can carry it
   * @example 3
   */
  storeId!: number;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

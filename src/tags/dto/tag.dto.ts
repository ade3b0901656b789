/** A tag. */
export class TagDto {
  /** @example 1 */
  id!: number;

  /** @example garden */
  name!: string;

  /**
   * the id of the store whose items can carry it
   * @example 1
   */
  storeId!: number;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

/** A store. */
export class StoreDto {
  /** @example 1 */
  id!: number;

  /** @example 'Corner Shop' */
  name!: string;

  /**
   * the id of the user that it belongs to
   * @example 2
   */
  ownerId!: number;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

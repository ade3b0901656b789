/** A store. */
export class StoreDto {
  /** @example 3 */
  id!: number;

  /** @example 'Corner Shop' */
  name!: string;

  /**
   * the user it belongs to
   * @example 7
   */
  ownerId!: number;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

import { ApiProperty } from '@nestjs/swagger';
import { ACTIONS, type ChangedMembers, RESOURCES } from '../change.entity';

/** One change of a store, an item, a tag or a link between an item and a tag. */
export class ChangeDto {
  /** @example 7 */
  id!: number;

  /**
   * when it was made
   * @example 2026-01-31T09:00:00.000Z
   */
  at!: Date;

  /**
   * the id of the user who made it; null if it was not made with the API
   * @example 1
   */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  actorId!: number | null;

  /**
   * the `X-Request-Id` of the request that made it
   * @example 9f3c2a5e-3c0f-4d55-8a3d-1f7f6c1e2b90
   */
  @ApiProperty({ type: 'string', nullable: true })
  requestId!: string | null;

  /**
   * the id of the import that made it; null for another change
   * @example 3
   */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  importId!: number | null;

  /** @example 1 */
  storeId!: number;

  /** @example item */
  @ApiProperty({ enum: RESOURCES })
  resource!: (typeof RESOURCES)[number];

  /**
   * its id; of a link, the id of the item
   * @example 1
   */
  resourceId!: number;

  /** @example update */
  @ApiProperty({ enum: ACTIONS })
  action!: (typeof ACTIONS)[number];

  /**
   * the members that differ, each with its old and its new value; those of a deletion are all members
   * @example { "price": [15.99, 16.99] }
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', minItems: 2, maxItems: 2, items: {} },
  })
  changes!: ChangedMembers;
}

import { ApiProperty } from '@nestjs/swagger';

export const IMPORT_ACTIONS = ['insert', 'update', 'delete', 'none'] as const;

/** What an import will do with a row of its file, or an edit with an item. */
export class ImportChangeDto {
  /** @example 1 */
  id!: number;

  /**
   * the line in the file where the row ends, counted from 1; of an edit: the number of the item in the order of ids
   * @example 2
   */
  line!: number;

  /** @example update */
  @ApiProperty({ enum: IMPORT_ACTIONS })
  action!: (typeof IMPORT_ACTIONS)[number];

  /**
   * null for a new item
   * @example 1
   */
  @ApiProperty({ type: 'integer', format: 'int64', nullable: true })
  itemId!: number | null;

  /**
   * the members that differ, as they are
   * @example { "price": 15.99 }
   */
  @ApiProperty({ type: 'object', additionalProperties: {} })
  before!: Record<string, unknown>;

  /**
   * the members that differ, as they will be
   * @example { "price": 16.99 }
   */
  @ApiProperty({ type: 'object', additionalProperties: {} })
  after!: Record<string, unknown>;
}

import { ApiProperty } from '@nestjs/swagger';
import { type Tag } from '../tag.entity';

/** A tag. */
export class TagDto {
  /** @example 5 */
  @ApiProperty({ type: 'integer', format: 'int64' })
  id!: number;

  /** @example garden */
  name!: string;

  /**
   * the store whose items can carry it
   * @example 3
   */
  @ApiProperty({ type: 'integer', format: 'int64' })
  storeId!: number;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:00.000Z */
  updatedAt!: Date;
}

export function toTagDto({ id, name, storeId, createdAt, updatedAt }: Tag): TagDto {
  return { id, name, storeId, createdAt, updatedAt };
}

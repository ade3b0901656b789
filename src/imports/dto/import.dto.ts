import { ApiProperty } from '@nestjs/swagger';
import {
  type ImportState,
  ON_ERROR,
  ON_EXISTING,
  type Operation,
  OPERATIONS,
  STATES,
} from '../import.entity';

const EDIT = { filter: { tag: ['garden'], tag_match: 'all' }, change: { price: { multiply: 1.05 } } };

/** An import of items from a file, or an edit of many items. */
export class ImportDto {
  /** @example 3 */
  id!: number;

  /** @example 1 */
  storeId!: number;

  /**
   * `receiving`, `queued` and `running` go on by themselves; `previewed` waits to be applied; the others are final
   * @example running
   */
  @ApiProperty({ enum: STATES })
  state!: ImportState;

  /**
   * what is running: the import itself, the apply of its preview, or its undo; null in all other states
   * @example import
   */
  @ApiProperty({ type: 'string', enum: [...OPERATIONS, null], nullable: true })
  operation!: Operation | null;

  /** @example abort */
  @ApiProperty({ enum: ON_ERROR })
  onError!: (typeof ON_ERROR)[number];

  /** @example update */
  @ApiProperty({ enum: ON_EXISTING })
  onExisting!: (typeof ON_EXISTING)[number];

  /** @example false */
  dryRun!: boolean;

  /**
   * how many rows the file has, without the header; how many have arrived while it is received; of an edit: how many items
   * its filter has found; while it is taken back: how many items it had changed
   * @example 120
   */
  rows!: number;

  /**
   * how many of them the operation that runs has done
   * @example 0
   */
  processed!: number;

  /** @example 0 */
  inserted!: number;

  /** @example 0 */
  updated!: number;

  /**
   * only by an edit
   * @example 0
   */
  deleted!: number;

  /**
   * rows whose item is as they say, or was to be skipped
   * @example 0
   */
  unchanged!: number;

  /**
   * rows with errors; see GET /imports/{id}/errors
   * @example 0
   */
  failed!: number;

  /**
   * the filter and the change of an edit; null for a file
   */
  @ApiProperty({ type: 'object', additionalProperties: {}, nullable: true, example: EDIT })
  edit!: Record<string, unknown> | null;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /** @example 2026-01-31T09:00:01.000Z */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finishedAt!: Date | null;
}

import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { Store } from '../stores/store.entity';
import { type Edit } from './edits/edit';
import { type Column as FileColumn, type CsvFormat } from './file/csv-rows';

export const STATES = [
  'receiving',
  'queued',
  'running',
  'previewed',
  'succeeded',
  'failed',
  'cancelled',
  'undone',
] as const;
export type ImportState = (typeof STATES)[number];
export const OPERATIONS = ['import', 'apply', 'undo'] as const;
export type Operation = (typeof OPERATIONS)[number];
export const ON_ERROR = ['abort', 'skip'] as const;
export const ON_EXISTING = ['update', 'skip', 'fail'] as const;

/** How a CSV file is written, as far as it takes to write its failed rows. */
export interface FileFormat {
  /** what each column of the header is; null for those that are ignored */
  readonly columns: readonly (FileColumn | null)[];
  readonly decimal: CsvFormat['decimal'];
  readonly tagDelimiter: CsvFormat['tagDelimiter'];
}

/**
 * A file of items, from its arrival to the undo of what it did, or an edit of many items. That it is running is only in its
 * progress.
 */
@Entity('imports')
@Check(
  'imports_state_check',
  "state IN ('receiving', 'queued', 'previewed', 'succeeded', 'failed', 'cancelled', 'undone')",
)
@Check('imports_on_error_check', "on_error IN ('abort', 'skip')")
@Check('imports_on_existing_check', "on_existing IN ('update', 'skip', 'fail')")
@Check('imports_leftovers_check', "leftovers IN ('all', 'errors', 'none')")
@Index('imports_store_id_id_idx', ['storeId', 'id'])
@Index('imports_leftovers_id_idx', ['leftovers', 'id'], { where: "leftovers <> 'none'" })
export class Import {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('bigint')
  storeId!: number;

  @ManyToOne(() => Store, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'store_id', foreignKeyConstraintName: 'imports_store_id_fkey' })
  store!: Relation<Store>;

  /** who sent it */
  @Column('bigint')
  actorId!: number;

  @Column('text')
  requestId!: string;

  @Column({ type: 'text', default: 'receiving' })
  state!: ImportState;

  @Column('text')
  onError!: (typeof ON_ERROR)[number];

  @Column('text')
  onExisting!: (typeof ON_EXISTING)[number];

  @Column('boolean')
  dryRun!: boolean;

  @Column({ type: 'boolean', default: false })
  hasTags!: boolean;

  @Column({ type: 'bigint', default: () => '0' })
  rows!: number;

  @Column({ type: 'bigint', default: () => '0' })
  processed!: number;

  @Column({ type: 'bigint', default: () => '0' })
  inserted!: number;

  @Column({ type: 'bigint', default: () => '0' })
  updated!: number;

  @Column({ type: 'bigint', default: () => '0' })
  unchanged!: number;

  @Column({ type: 'bigint', default: () => '0' })
  failed!: number;

  @Column({ type: 'text', array: true, nullable: true })
  header!: string[] | null;

  @Column({ type: 'jsonb', nullable: true })
  format!: FileFormat | null;

  @Column({ type: 'bigint', nullable: true })
  transactionId!: number | null;

  /** what the clean-up has not removed yet */
  @Column({ type: 'text', default: 'all' })
  leftovers!: 'all' | 'errors' | 'none';

  /** null for a file */
  @Column({ type: 'jsonb', nullable: true })
  edit!: Edit | null;

  @Column({ type: 'bigint', default: () => '0' })
  deleted!: number;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  finishedAt!: Date | null;
}

/**
 * How far an import is that is not over, or its undo. Whoever makes an import makes it, and whoever ends the import deletes it;
 * an undo makes it again. All others only change it. Another transaction than that of the import writes it.
 */
@Entity('import_progress')
export class ImportProgress {
  @PrimaryColumn('bigint')
  importId!: number;

  @ManyToOne(() => Import, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'import_id', foreignKeyConstraintName: 'import_progress_import_id_fkey' })
  import!: Relation<Import>;

  @Column({ type: 'bigint', default: () => '0' })
  rows!: number;

  @Column({ type: 'bigint', default: () => '0' })
  processed!: number;

  @Column({ type: 'boolean', default: false })
  isCancelled!: boolean;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  seenAt!: Date;

  /** when whoever runs it said so last; null while nobody does */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  runningAt!: Date | null;
}

/** A row of a file, until the import is finished. It has no relation, because there may be a million of them. */
@Entity('import_rows')
export class StoredRow {
  @PrimaryColumn('bigint')
  importId!: number;

  @PrimaryColumn('bigint')
  line!: number;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'numeric', precision: 10, scale: 2, nullable: true })
  price!: number | null;

  @Column({ type: 'text', nullable: true })
  sku!: string | null;

  @Column({ type: 'text', array: true, nullable: true })
  tags!: string[] | null;

  /** null for a good row; empty for a bad one of which only the SKU is kept, because many others came before it */
  @Column({ type: 'jsonb', nullable: true })
  faults!: unknown;

  @Column({ type: 'text', array: true, nullable: true })
  fields!: string[] | null;
}

@Entity('import_errors')
@Index('import_errors_import_id_id_idx', ['importId', 'id'])
export class ImportError {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('bigint')
  importId!: number;

  @ManyToOne(() => Import, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'import_id', foreignKeyConstraintName: 'import_errors_import_id_fkey' })
  import!: Relation<Import>;

  @Column('bigint')
  line!: number;

  @Column('text')
  pointer!: string;

  @Column('text')
  message!: string;
}

/** What a preview says of one row. */
@Entity('import_changes')
@Check('import_changes_action_check', "action IN ('insert', 'update', 'delete', 'none', 'failed')")
@Index('import_changes_import_id_id_idx', ['importId', 'id'])
export class PlannedChange {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column('bigint')
  importId!: number;

  @Column('bigint')
  line!: number;

  /** `failed` is only compared, and never shown: of an edit, an item for which the change is not possible */
  @Column('text')
  action!: 'insert' | 'update' | 'delete' | 'none' | 'failed';

  @Column({ type: 'bigint', nullable: true })
  itemId!: number | null;

  /** the version of the item that the preview was made of */
  @Column({ type: 'text', nullable: true })
  version!: string | null;

  @Column('jsonb')
  before!: unknown;

  @Column('jsonb')
  after!: unknown;
}

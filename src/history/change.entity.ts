import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export const RESOURCES = ['store', 'item', 'tag', 'link'] as const;
export const ACTIONS = ['create', 'update', 'delete', 'link', 'unlink'] as const;

/** What changed, member by member: the old and the new value. */
export type ChangedMembers = Record<string, [before: unknown, after: unknown]>;

/**
 * One change of a store, an item, a tag or a link. Triggers write it, in the transaction that makes the change. It has no
 * relations, because it outlives what it tells of.
 */
@Entity('changes')
@Check('changes_resource_check', "resource IN ('store', 'item', 'tag', 'link')")
@Check('changes_action_check', "action IN ('create', 'update', 'delete', 'link', 'unlink')")
@Index('changes_store_id_id_idx', ['storeId', 'id'])
@Index('changes_resource_id_id_idx', ['resourceId', 'id'])
@Index('changes_import_id_id_idx', ['importId', 'id'], { where: 'import_id IS NOT NULL' })
@Index('changes_collapsed_store_id_id_idx', ['storeId', 'id'], {
  where: 'import_id IS NULL OR is_last_of_import',
})
export class Change {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  /** for a reader of all changes in the order of their commits: `id` is given before */
  @Column({ type: 'bigint', default: () => 'pg_current_xact_id()::text::bigint' })
  transactionId!: number;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  at!: Date;

  /** null for a change that was not made with the API */
  @Column({
    type: 'bigint',
    nullable: true,
    default: () => "nullif(current_setting('emporium.actor_id', true), '')::bigint",
  })
  actorId!: number | null;

  @Column({
    type: 'text',
    nullable: true,
    default: () => "nullif(current_setting('emporium.request_id', true), '')",
  })
  requestId!: string | null;

  @Column({
    type: 'bigint',
    nullable: true,
    default: () => "nullif(current_setting('emporium.import_id', true), '')::bigint",
  })
  importId!: number | null;

  @Column('bigint')
  storeId!: number;

  @Column('text')
  resource!: (typeof RESOURCES)[number];

  /** of a link: the id of its item */
  @Column('bigint')
  resourceId!: number;

  @Column('text')
  action!: (typeof ACTIONS)[number];

  @Column('jsonb')
  changes!: ChangedMembers;

  /** whether it stands for all changes that an import, or the undo of one, has made */
  @Column({ type: 'boolean', default: false })
  isLastOfImport!: boolean;
}

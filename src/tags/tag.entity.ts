import {
  Check,
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { ExpressionIndex } from '../database/expression-index';
import { SearchColumn } from '../database/search-column';
import { Store } from '../stores/store.entity';

@Entity('tags')
@Check('tags_name_check', 'char_length(name) BETWEEN 1 AND 200')
@Unique('tags_store_id_id_key', ['storeId', 'id'])
@ExpressionIndex('tags_store_id_name_key', '(store_id, lower(name))', { unique: true })
@ExpressionIndex('tags_name_id_idx', '(lower(name), id)')
@ExpressionIndex('tags_search_idx', 'USING gin (search gin_trgm_ops)')
export class Tag {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ type: 'text', collation: 'und-x-icu' })
  name!: string;

  @SearchColumn('name')
  search!: string;

  @Column('bigint')
  storeId!: number;

  @ManyToOne(() => Store, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'store_id', foreignKeyConstraintName: 'tags_store_id_fkey' })
  store!: Relation<Store>;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

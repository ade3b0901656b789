import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { ExpressionIndex } from '../database/expression-index';
import { SearchColumn } from '../database/search-column';
import { Store } from '../stores/store.entity';

const SMALL_PENDING_LIST = 'WITH (gin_pending_list_limit = 256)';

@Entity('items')
@Check('items_name_check', 'char_length(name) BETWEEN 1 AND 200')
@Check('items_price_check', 'price BETWEEN 0 AND 99999999.99')
@Check('items_sku_check', 'char_length(sku) BETWEEN 1 AND 64')
@Unique('items_store_id_id_key', ['storeId', 'id'])
@Unique('items_store_id_sku_key', ['storeId', 'sku'])
@Index('items_sku_id_idx', ['sku', 'id'])
@ExpressionIndex('items_name_id_idx', '(lower(name), id)')
@Index('items_price_id_idx', ['price', 'id'])
@Index('items_created_at_id_idx', ['createdAt', 'id'])
@Index('items_updated_at_id_idx', ['updatedAt', 'id'])
@ExpressionIndex('items_store_id_name_id_idx', '(store_id, lower(name), id)')
@Index('items_store_id_price_id_idx', ['storeId', 'price', 'id'])
@Index('items_store_id_created_at_id_idx', ['storeId', 'createdAt', 'id'])
@Index('items_store_id_updated_at_id_idx', ['storeId', 'updatedAt', 'id'])
@ExpressionIndex('items_search_idx', `USING gin (search gin_trgm_ops) ${SMALL_PENDING_LIST}`)
@ExpressionIndex('items_short_search_idx', `USING gin (characters_and_pairs(search)) ${SMALL_PENDING_LIST}`)
export class Item {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ type: 'text', collation: 'und-x-icu' })
  name!: string;

  @Column({ type: 'numeric', precision: 10, scale: 2 })
  price!: number;

  @Column({ type: 'text', nullable: true })
  sku!: string | null;

  @SearchColumn("((name || ' '::text) || COALESCE(sku, ''::text))")
  search!: string;

  @Column('bigint')
  storeId!: number;

  @ManyToOne(() => Store, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'store_id', foreignKeyConstraintName: 'items_store_id_fkey' })
  store!: Relation<Store>;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

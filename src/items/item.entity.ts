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
import { Store } from '../stores/store.entity';

@Entity('items')
@Check('items_name_check', 'char_length(name) BETWEEN 1 AND 200')
@Check('items_price_check', 'price BETWEEN 0 AND 99999999.99')
@Check('items_sku_check', 'char_length(sku) BETWEEN 1 AND 64')
@Unique('items_store_id_id_key', ['storeId', 'id'])
@Unique('items_store_id_sku_key', ['storeId', 'sku'])
@Index('items_sku_id_idx', ['sku', 'id'])
export class Item {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ type: 'text', collation: 'und-x-icu' })
  name!: string;

  @Column({ type: 'numeric', precision: 10, scale: 2 })
  price!: number;

  @Column({ type: 'text', nullable: true })
  sku!: string | null;

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

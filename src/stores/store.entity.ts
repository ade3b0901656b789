import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { ExpressionIndex } from '../database/expression-index';
import { SearchColumn } from '../database/search-column';
import { User } from '../users/user.entity';

@Entity('stores')
@Check('stores_name_check', 'char_length(name) BETWEEN 1 AND 200')
@ExpressionIndex('stores_owner_id_name_key', '(owner_id, lower(name))', { unique: true })
@Index('stores_owner_id_id_idx', ['ownerId', 'id'])
@Index('stores_owner_id_created_at_id_idx', ['ownerId', 'createdAt', 'id'])
@Index('stores_created_at_id_idx', ['createdAt', 'id'])
@ExpressionIndex('stores_name_id_idx', '(lower(name), id)')
@ExpressionIndex('stores_search_idx', 'USING gin (search gin_trgm_ops)')
export class Store {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ type: 'text', collation: 'und-x-icu' })
  name!: string;

  @SearchColumn('name')
  search!: string;

  @Column('bigint')
  ownerId!: number;

  @ManyToOne(() => User)
  @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'stores_owner_id_fkey' })
  owner!: Relation<User>;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

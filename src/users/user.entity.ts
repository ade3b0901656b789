import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { type Role } from '../common/access';
import { ExpressionIndex } from '../database/expression-index';
import { SearchColumn } from '../database/search-column';

@Entity('users')
@Check('users_email_check', 'char_length(email) BETWEEN 1 AND 254')
@Check('users_role_check', `role IN ('user', 'admin')`)
@ExpressionIndex('users_email_key', '(lower(email))', { unique: true })
@Index('users_created_at_id_idx', ['createdAt', 'id'])
@Index('users_role_id_idx', ['role', 'id'])
@ExpressionIndex('users_search_idx', 'USING gin (search gin_trgm_ops)')
export class User {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ type: 'text', collation: 'und-x-icu' })
  email!: string;

  @SearchColumn('email')
  search!: string;

  @Column('text')
  passwordHash!: string;

  @Column({ type: 'text', default: 'user' })
  role!: Role;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}

/** The part of a user that a login needs to check a password. */
export type Credentials = Pick<User, 'id' | 'passwordHash'>;

import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../../users/user.entity';

/** An address from which a user has had a session. The row stays after a logout. */
@Entity('login_addresses')
@Index('login_addresses_last_used_at_idx', ['lastUsedAt'])
export class LoginAddress {
  @PrimaryColumn('bigint')
  userId!: number;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'login_addresses_user_id_fkey' })
  user!: Relation<User>;

  @PrimaryColumn('text')
  address!: string;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  lastUsedAt!: Date;
}

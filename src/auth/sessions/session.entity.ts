import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { User } from '../../users/user.entity';

/** A login. Its tokens are valid only while its row exists. */
@Entity('sessions')
@Index('sessions_user_id_idx', ['userId'])
@Index('sessions_expires_at_idx', ['expiresAt'])
export class Session {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('bigint')
  userId!: number;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sessions_user_id_fkey' })
  user!: Relation<User>;

  @Column({ type: 'text', nullable: true })
  userAgent!: string | null;

  @Column('text')
  ip!: string;

  /** `jti` of the current refresh token */
  @Column({ type: 'uuid', default: () => 'gen_random_uuid()' })
  refreshId!: string;

  /** `jti` of the refresh token before it; the client may not have received the current one */
  @Column({ type: 'uuid', nullable: true })
  previousRefreshId!: string | null;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  lastUsedAt!: Date;

  /** when the current refresh token was made */
  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  refreshedAt!: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}

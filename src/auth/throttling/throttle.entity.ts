import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A counter: how often something has happened for a key, and when the count starts again. */
@Entity('throttles')
@Index('throttles_resets_at_idx', ['resetsAt'])
export class Throttle {
  @PrimaryColumn('text')
  key!: string;

  @Column('integer')
  count!: number;

  @Column({ type: 'timestamptz', precision: 3 })
  resetsAt!: Date;
}

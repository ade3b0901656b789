import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Something to be done after a request was answered, by any instance. */
@Entity('jobs')
@Index('jobs_queue_id_idx', ['queue', 'id'])
@Index('jobs_run_after_idx', ['runAfter'])
export class Job {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: number;

  /** which handler does it */
  @Column('text')
  kind!: string;

  /** jobs with the same queue run one after another */
  @Column('text')
  queue!: string;

  /** what it is about */
  @Column('bigint')
  subjectId!: number;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'now()' })
  runAfter!: Date;
}

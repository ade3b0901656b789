import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { type Job } from './job.entity';

/** A job that this instance may try. */
export type ClaimedJob = Pick<Job, 'id' | 'kind' | 'subjectId' | 'attempts'>;

/** The SQL of jobs. */
@Injectable()
export class JobsRepository {
  async insert(
    executor: Executor,
    { kind, queue, subjectId }: Pick<Job, 'kind' | 'queue' | 'subjectId'>,
  ): Promise<void> {
    await executor.rows('INSERT INTO jobs (kind, queue, subject_id) VALUES ($1, $2, $3)', [
      kind,
      queue,
      subjectId,
    ]);
  }

  /** Whether a job is due. It writes nothing, because each instance asks it again and again. */
  async hasDue(executor: Executor): Promise<boolean> {
    const [row] = await executor.rows('SELECT EXISTS (SELECT FROM jobs WHERE run_after <= now())');
    return row?.[0] === 't';
  }

  /**
   * Counts an attempt at the oldest job that is due and first in its queue, and that nobody works on.
   *
   * @param retryAfter seconds until another attempt, if this one fails
   */
  async claim(executor: Executor, retryAfter: number): Promise<ClaimedJob | undefined> {
    const [row] = await executor.rows(
      `UPDATE jobs SET attempts = attempts + 1, run_after = now() + $1 * interval '1 second' WHERE id = (
         SELECT id FROM jobs j WHERE run_after <= now()
           AND NOT EXISTS (SELECT FROM jobs earlier WHERE earlier.queue = j.queue AND earlier.id < j.id)
         ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
       ) RETURNING id, kind, subject_id, attempts`,
      [retryAfter],
    );
    if (!row) return undefined;
    const [id, kind, subjectId, attempts] = row;
    return { id: Number(id), kind: kind ?? '', subjectId: Number(subjectId), attempts: Number(attempts) };
  }

  /**
   * Locks a job until the transaction ends. @returns whether it is still there, and nobody else works on it
   */
  async lock(transaction: Executor, id: number): Promise<boolean> {
    const rows = await transaction.rows('SELECT id FROM jobs WHERE id = $1 FOR UPDATE SKIP LOCKED', [id]);
    return rows.length > 0;
  }

  async delete(executor: Executor, id: number): Promise<void> {
    await executor.rows('DELETE FROM jobs WHERE id = $1', [id]);
  }

  /** Makes a job due again whose attempt does not count. */
  async release(executor: Executor, id: number, seconds: number): Promise<void> {
    await executor.rows(
      `UPDATE jobs SET attempts = attempts - 1, run_after = now() + $2 * interval '1 second' WHERE id = $1`,
      [id, seconds],
    );
  }

  /** Makes a job due again. */
  async postpone(executor: Executor, id: number, seconds: number): Promise<void> {
    await executor.rows(`UPDATE jobs SET run_after = now() + $2 * interval '1 second' WHERE id = $1`, [
      id,
      seconds,
    ]);
  }
}

import { type Row } from '../../database/executor';
import { parseLsn, timelineOfFile } from '../../database/wal-position';

/** What must be the same on the primary and on each of its replicas. SQL, for a query with `d` as pg_database. */
export const IDENTITY = `(SELECT system_identifier FROM pg_control_system()), d.oid,
  concat_ws(' ', pg_database_collation_actual_version(d.oid), (SELECT pg_collation_actual_version(oid)
    FROM pg_collation WHERE collname = 'und-x-icu' AND collnamespace = 'pg_catalog'::regnamespace))`;

export interface Identity {
  cluster: string;
  database: string;
  collations: string;
}

export function identityOf([cluster, database, collations]: Row): Identity {
  return { cluster: cluster ?? '', database: database ?? '', collations: collations ?? '' };
}

/**
 * How far the log of the primary is, for `byKey` with the key 0. It is what the server has flushed, because only that is
 * sent to replicas.
 */
export const PROGRESS = `SELECT 0, pg_walfile_name(pg_current_wal_insert_lsn()), pg_current_wal_flush_lsn(), ${IDENTITY}
  FROM pg_database d WHERE d.datname = current_database() AND 0 = ANY ($1::int[])`;

/** How long a sample is kept, in milliseconds. It must be longer than the lag that a replica may have. */
const KEPT = 15_000;

interface Sample {
  /** by `performance.now()` */
  at: number;
  lsn: bigint;
}

/**
 * How far the log of the primary was in the last seconds. So the time that a replica is behind can be told without the
 * clocks of the servers, and a primary that writes nothing leaves no replica behind.
 */
export class PrimaryProgress {
  identity: Identity | undefined;
  timeline: number | undefined;
  private samples: Sample[] = [];

  /** @param at when PROGRESS was sent, by `performance.now()` @param row its result */
  add(at: number, [, file, lsn, ...identity]: Row): void {
    const timeline = timelineOfFile(file ?? '');
    const sample = { at, lsn: parseLsn(lsn ?? '0/0') };
    // On another timeline, the former positions say nothing.
    const before = timeline === this.timeline ? this.samples : [];
    this.samples = [...before.filter((earlier) => earlier.at > at - KEPT), sample];
    this.timeline = timeline;
    this.identity = identityOf(identity);
  }

  /** The time of the last sample, by `performance.now()`; undefined before the first. */
  get lastAt(): number | undefined {
    return this.samples.at(-1)?.at;
  }

  /** The last time at which the primary had nothing beyond this position; undefined if no sample is so old. */
  caughtUpAt(lsn: bigint): number | undefined {
    return this.samples.findLast((sample) => sample.lsn <= lsn)?.at;
  }
}

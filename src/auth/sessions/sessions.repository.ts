import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { type Caller, type Role } from '../../common/access';
import { type Executor, type Reader, type Row } from '../../database/executor';
import { deleteRowsBefore } from '../../database/expired-rows';
import { type TokenSource } from '../tokens/tokens.service';
import { rememberAddress } from './login-addresses.repository';
import { Session } from './session.entity';

/** A refresh token that a client sends. */
export interface RefreshAttempt {
  sessionId: string;
  userId: number;
  /** the token's `jti` */
  refreshId: string;
}

const TOKEN_SOURCE = `id, user_id, refresh_id, ${['refreshed_at', 'expires_at', 'now()']
  .map((time) => `floor(extract(epoch FROM ${time}))::bigint`)
  .join()}`;

function toTokenSource(row: Row): TokenSource {
  const [sessionId, userId, refreshId, ...times] = row as [string, string, string, string, string, string];
  const [refreshedAt, expiresAt, now] = times.map(Number) as [number, number, number];
  return { sessionId, userId, refreshId, refreshedAt, expiresAt, now };
}

const LIVE_BY_ID = `SELECT s.id, s.user_id, u.role FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = ANY ($1::uuid[]) AND s.expires_at > now()`;

/** The SQL of sessions. Each decision about a token is one statement, which uses the database's clock. */
@Injectable()
export class SessionsRepository {
  /**
   * Begins a session, unless the user's hash has changed. It locks the user's row, so that a new password, which ends
   * all sessions, is set before or after this statement, and not during it.
   *
   * If the user then has more than `maxSessions` sessions, the least recently used ones end. A locked one is just being
   * used or ended: it is left to the next login, so that no login waits for another. PostgreSQL evaluates the arrays
   * once; with `IN` it would run the subquery for each row.
   */
  async insert(
    executor: Executor,
    user: { id: number; passwordHash: string },
    session: { userAgent: string | null; ip: string; address: string; ttl: number },
    maxSessions: number,
  ): Promise<TokenSource | undefined> {
    const [row] = await executor.rows(
      `WITH owner AS (
         SELECT id FROM users WHERE id = $1 AND password_hash = $2 FOR SHARE
       ), remembered AS (
         ${rememberAddress('owner', 'id', '$5')}
       ), ended AS (
         DELETE FROM sessions WHERE id = ANY (ARRAY(
           SELECT id FROM sessions WHERE id = ANY (ARRAY(
             SELECT s.id FROM sessions s JOIN owner ON owner.id = s.user_id
             ORDER BY s.last_used_at DESC, s.id OFFSET $7
           )) FOR UPDATE SKIP LOCKED
         ))
       )
       INSERT INTO sessions (user_id, user_agent, ip, expires_at)
       SELECT id, $3, $4, now() + make_interval(secs => $6) FROM owner
       RETURNING ${TOKEN_SOURCE}`,
      [
        user.id,
        user.passwordHash,
        session.userAgent,
        session.ip,
        session.address,
        session.ttl,
        // The new session is one of them.
        maxSessions - 1,
      ],
    );
    return row && toTokenSource(row);
  }

  /** The live sessions of a user, the most recently used first. */
  async findLive({ manager }: Executor, userId: number): Promise<Session[]> {
    return manager
      .createQueryBuilder(Session, 'session')
      .where('session.user_id = :userId AND session.expires_at > now()', { userId })
      .orderBy('session.last_used_at', 'DESC')
      .addOrderBy('session.id')
      .getMany();
  }

  /** The user of a live session. */
  async findCaller(reader: Reader, sessionId: string): Promise<Caller | undefined> {
    const row = await reader.byKey(LIVE_BY_ID, sessionId);
    if (!row) return undefined;
    const [, userId, role] = row;
    return { userId: Number(userId), role: role as Role, sessionId };
  }

  /**
   * Replaces the current refresh token by its successor. If several requests send the same token, the first one
   * replaces it; the others wait for the row lock, and then find another token. The user's row is locked first, as in
   * the deletion of a user, to avoid deadlocks.
   */
  async rotate(
    executor: Executor,
    { sessionId, userId, refreshId }: RefreshAttempt,
    { address, ttl }: { address: string; ttl: number },
  ): Promise<TokenSource | undefined> {
    const [row] = await executor.rows(
      `WITH owner AS (
         SELECT u.id FROM users u JOIN sessions s ON s.user_id = u.id WHERE s.id = $1 AND u.id = $5 FOR KEY SHARE OF u
       ), rotated AS (
         UPDATE sessions
         SET previous_refresh_id = refresh_id, refresh_id = gen_random_uuid(), refreshed_at = now(), last_used_at = now(),
           expires_at = now() + make_interval(secs => $3)
         FROM owner
         WHERE sessions.id = $1 AND user_id = owner.id AND refresh_id = $2 AND expires_at > now()
         RETURNING sessions.*
       ), remembered AS (
         ${rememberAddress('rotated', 'user_id', '$4')}
       )
       SELECT ${TOKEN_SOURCE} FROM rotated`,
      [sessionId, refreshId, ttl, address, userId],
    );
    return row && toTokenSource(row);
  }

  /** The session that replaced this refresh token at most `seconds` ago. */
  async findJustRotated(
    executor: Executor,
    { sessionId, userId, refreshId }: RefreshAttempt,
    seconds: number,
  ): Promise<TokenSource | undefined> {
    const [row] = await executor.rows(
      `SELECT ${TOKEN_SOURCE} FROM sessions
       WHERE id = $1 AND user_id = $4 AND previous_refresh_id = $2 AND expires_at > now()
         AND refreshed_at > now() - make_interval(secs => $3)`,
      [sessionId, refreshId, seconds, userId],
    );
    return row && toTokenSource(row);
  }

  /** @returns whether the session existed */
  async delete(
    executor: Executor,
    { id, userId = null }: { id: string; userId?: number | null },
  ): Promise<boolean> {
    const [deleted] = await executor.rows(
      'DELETE FROM sessions WHERE id = $1 AND user_id = coalesce($2, user_id) RETURNING id',
      [id, userId],
    );
    return deleted !== undefined;
  }

  /** Ends all sessions of a user, or all but one. */
  async deleteAll({ manager }: Executor, userId: number, except?: string): Promise<void> {
    await manager.delete(Session, { userId, ...(except !== undefined && { id: Not(except) }) });
  }

  async removeExpired(executor: Executor, limit: number): Promise<number> {
    return deleteRowsBefore(executor, { table: 'sessions', column: 'expires_at', end: 'now()' }, limit);
  }
}

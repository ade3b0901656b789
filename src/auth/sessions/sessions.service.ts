import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Not, type Repository } from 'typeorm';
import { type Caller, type Role } from '../../common/access';
import { Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { Environment } from '../../config/environment';
import { type Lookup } from '../../reads/lookup';
import { type Row } from '../../database/executor';
import { Database } from '../../database/database';
import { Statements } from '../../reads/statements';
import { addressOf } from '../throttling/address';
import { SESSION_NOT_FOUND, TOKEN_REUSED } from '../auth.problems';
import { Session } from './session.entity';
import { type TokenClaims } from '../tokens/token-claims';
import { type TokenSource } from '../tokens/tokens.service';

/** Where a request came from. */
export interface Origin {
  userAgent: string | undefined;
  ip: string;
}

const MAX_USER_AGENT_LENGTH = 512;

/** How many sessions an account keeps. Programs that log in each time would else fill the table. */
const MAX_SESSIONS = 100;

const TOKEN_SOURCE = `id, user_id, refresh_id, ${['refreshed_at', 'expires_at', 'now()']
  .map((time) => `floor(extract(epoch FROM ${time}))::bigint`)
  .join()}`;

function toTokenSource(row: Row): TokenSource {
  const [sessionId, userId, refreshId, ...times] = row as [string, string, string, string, string, string];
  const [refreshedAt, expiresAt, now] = times.map(Number) as [number, number, number];
  return { sessionId, userId, refreshId, refreshedAt, expiresAt, now };
}

/** Notes the address in this parameter as one of the user's, for the one row of `source`. */
const rememberAddress = (source: string, userId: string, address: string) =>
  `INSERT INTO login_addresses (user_id, address) SELECT ${userId}, ${address} FROM ${source}
   ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = now()`;

/** Logins, each a row. Every decision about a token is one statement on that row, by the database's clock. */
@Injectable()
export class SessionsService {
  private readonly live: Lookup;

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly environment: Environment,
    statements: Statements,
    private readonly database: Database,
  ) {
    this.live = statements.lookup(
      `SELECT s.id, s.user_id, u.role FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = ANY ($1::uuid[]) AND s.expires_at > now()`,
    );
  }

  /**
   * Begins a session of a user whose password was checked against this hash. Undefined when that is no longer the
   * hash: the row is held, so that a new password, which ends all sessions, comes before or after and never between.
   *
   * The sessions used longest ago end where there are too many. One that somebody holds is being used or ended: it is
   * left to the next login, so that none waits for another. Arrays are made once; `IN` was looked up for each row.
   */
  async start(userId: number, passwordHash: string, origin: Origin): Promise<TokenSource | undefined> {
    const [row] = await this.database.rows(
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
        userId,
        passwordHash,
        storable(origin.userAgent),
        origin.ip,
        addressOf(origin.ip),
        this.environment.refreshTokenTtl,
        MAX_SESSIONS - 1,
      ],
    );
    return row && toTokenSource(row);
  }

  /** The live sessions of a user, the one used last first. */
  async findLive(userId: number): Promise<Session[]> {
    return this.sessions
      .createQueryBuilder('session')
      .where('session.user_id = :userId AND session.expires_at > now()', { userId })
      .orderBy('session.last_used_at', 'DESC')
      .addOrderBy('session.id')
      .getMany();
  }

  /** The user behind an access token, if its session lives. */
  async findCaller(sessionId: string, userId: number): Promise<Caller | undefined> {
    const [, owner, role] = (await this.live.find(sessionId)) ?? [];
    return owner === String(userId) ? { userId, role: role as Role, sessionId } : undefined;
  }

  /**
   * Uses up a refresh token and makes its successor. The one just used up answers the same successor for a while: a
   * response was lost, or two tabs came at once. Any older one is in strange hands, and ends the session.
   *
   * @throws Problem 401 `unauthenticated` when the session is over, `token_reused`
   */
  async rotate({ sub, sid, jti }: TokenClaims, ip: string): Promise<TokenSource> {
    const { refreshTokenTtl, refreshReuseInterval } = this.environment;
    const userId = Number(sub);
    // Of simultaneous refreshes one finds its token live; PostgreSQL lets the others wait and look again.
    // The user is held first, as the deletion of an account does, so that the two never wait for each other.
    const [rotated] = await this.database.rows(
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
      [sid, jti, refreshTokenTtl, addressOf(ip), userId],
    );
    if (rotated) return toTokenSource(rotated);

    const [repeated] = await this.database.rows(
      `SELECT ${TOKEN_SOURCE} FROM sessions
       WHERE id = $1 AND user_id = $4 AND previous_refresh_id = $2 AND expires_at > now()
         AND refreshed_at > now() - make_interval(secs => $3)`,
      [sid, jti, refreshReuseInterval, userId],
    );
    if (repeated) return toTokenSource(repeated);

    const { affected } = await this.sessions.delete({ id: sid, userId });
    throw new Problem(affected ? TOKEN_REUSED : unauthenticated('refresh', 'session_ended'));
  }

  /** Ends a session. That it has ended meanwhile is as good. */
  async logOut({ sessionId }: Pick<Caller, 'sessionId'>): Promise<void> {
    await this.sessions.delete({ id: sessionId });
  }

  /** Ends one of a user's sessions. @throws Problem `session_not_found` for one that is not the user's */
  async end(sessionId: string, userId: number): Promise<void> {
    const { affected } = await this.sessions.delete({ id: sessionId, userId });
    if (affected === 0) throw new Problem(SESSION_NOT_FOUND);
  }

  /** Ends all sessions of a user, or all but one. */
  async endAll(userId: number, manager: EntityManager, except?: string): Promise<void> {
    await manager.delete(Session, { userId, ...(except !== undefined && { id: Not(except) }) });
  }
}

/** A header holds any byte above the controls; the database wants text, and a row should stay small. */
function storable(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, MAX_USER_AGENT_LENGTH).toWellFormed() ?? null;
}

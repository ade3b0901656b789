import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Caller, type Role } from '../common/access';
import { Problem, UNAUTHENTICATED } from '../common/problems/problem';
import { onConstraint } from '../common/problems/on-constraint';
import { Environment } from '../config/environment';
import { BAD_CREDENTIALS, TOKEN_REUSED } from './auth.problems';
import { Session } from './session.entity';
import { type TokenClaims, type TokenSource } from './tokens.service';

/** Where a login came from, for its owner to recognise. */
export interface Origin {
  userAgent: string | undefined;
  ip: string;
}

const MAX_USER_AGENT_LENGTH = 512;

const TOKEN_SOURCE = `id AS "sessionId", user_id AS "userId", refresh_id AS "refreshId",
  refreshed_at AS "refreshedAt", expires_at AS "expiresAt", now() AS "now"`;

/** Logins, each a row. Every decision about a token is one statement on that row, by the database's clock. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly environment: Environment,
  ) {}

  async start(userId: number, origin: Origin): Promise<TokenSource> {
    try {
      const [source] = await this.sessions.query<TokenSource[]>(
        `INSERT INTO sessions (user_id, user_agent, ip, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4))
         RETURNING ${TOKEN_SOURCE}`,
        [userId, storable(origin.userAgent), origin.ip, this.environment.refreshTokenTtl],
      );
      return source as TokenSource;
    } catch (error) {
      // The account went away while its password was being checked.
      throw onConstraint(error, { sessions_user_id_fkey: BAD_CREDENTIALS });
    }
  }

  /** The user behind an access token, if its session lives. */
  async findCaller(sessionId: string, userId: number): Promise<Caller | undefined> {
    const [row] = await this.sessions.query<{ role: Role }[]>(
      `SELECT u.role FROM sessions s JOIN users u ON u.id = s.user_id
       WHERE s.id = $1 AND s.user_id = $2 AND s.expires_at > now()`,
      [sessionId, userId],
    );
    return row && { userId, role: row.role, sessionId };
  }

  /**
   * Uses up a refresh token and makes its successor. The one just used up answers the same successor for a while: a
   * response was lost, or two tabs came at once. Any older one is in strange hands, and ends the session.
   *
   * @throws Problem 401 `unauthenticated` when the session is over, `token_reused`
   */
  async rotate({ sid, jti }: TokenClaims): Promise<TokenSource> {
    const { refreshTokenTtl, refreshReuseInterval } = this.environment;
    // Of simultaneous refreshes one finds its token live; PostgreSQL lets the others wait and look again.
    const [[rotated]] = await this.sessions.query<[TokenSource[], number]>(
      `UPDATE sessions
       SET previous_refresh_id = refresh_id, refresh_id = gen_random_uuid(), refreshed_at = now(), last_used_at = now(),
         expires_at = now() + make_interval(secs => $3)
       WHERE id = $1 AND refresh_id = $2 AND expires_at > now()
       RETURNING ${TOKEN_SOURCE}`,
      [sid, jti, refreshTokenTtl],
    );
    if (rotated) return rotated;

    const [repeated] = await this.sessions.query<TokenSource[]>(
      `SELECT ${TOKEN_SOURCE} FROM sessions
       WHERE id = $1 AND previous_refresh_id = $2 AND expires_at > now()
         AND refreshed_at > now() - make_interval(secs => $3)`,
      [sid, jti, refreshReuseInterval],
    );
    if (repeated) return repeated;

    const { affected } = await this.sessions.delete({ id: sid });
    throw new Problem(affected ? TOKEN_REUSED : UNAUTHENTICATED);
  }

  async end(sessionId: string): Promise<void> {
    await this.sessions.delete({ id: sessionId });
  }
}

/** A header holds any byte above the controls; the database wants text, and a row should stay small. */
function storable(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, MAX_USER_AGENT_LENGTH).toWellFormed() ?? null;
}

import { Injectable } from '@nestjs/common';
import { type Caller } from '../../common/access';
import { bareAddress } from '../../common/http/peer-address';
import { Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { Environment } from '../../config/environment';
import { Database } from '../../database/database';
import { type Executor } from '../../database/executor';
import { Statements } from '../../reads/statements';
import { type Credentials } from '../../users/user.entity';
import { SESSION_NOT_FOUND, TOKEN_REUSED } from '../auth.problems';
import { addressOf } from '../throttling/address';
import { type TokenClaims } from '../tokens/token-claims';
import { type TokenSource } from '../tokens/tokens.service';
import { type Session } from './session.entity';
import { SessionsRepository } from './sessions.repository';
import { storableUserAgent } from './user-agent';

/** Where a request came from. */
export interface Origin {
  /** the header, decoded by Node as Latin 1 */
  userAgent: string | undefined;
  ip: string;
}

/** The limit for one account, because programs that log in for each request would fill the table. */
const MAX_SESSIONS = 100;

/** Sessions. A login begins one, and a refresh extends it. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly environment: Environment,
  ) {}

  /**
   * Begins a session of a user whose password was checked against this hash. Returns undefined when the user has
   * another hash now. If there are too many sessions, the least recently used ones end.
   */
  async start(
    executor: Executor,
    { id, passwordHash }: Credentials,
    { userAgent, ip }: Origin,
  ): Promise<TokenSource | undefined> {
    const session = {
      userAgent: storableUserAgent(userAgent),
      ip: bareAddress(ip),
      address: addressOf(ip),
      ttl: this.environment.refreshTokenTtl,
    };
    return this.sessions.insert(executor, { id, passwordHash }, session, MAX_SESSIONS);
  }

  /** The live sessions of a user, the most recently used first. */
  async findLive(userId: number): Promise<Session[]> {
    return this.sessions.findLive(this.database, userId);
  }

  /** The user of an access token, if its session is live. */
  async findCaller(sessionId: string, userId: number): Promise<Caller | undefined> {
    const caller = await this.sessions.findCaller(this.statements, sessionId);
    return caller?.userId === userId ? caller : undefined;
  }

  /**
   * Replaces a refresh token by its successor. For a short time the replaced token still returns the same successor,
   * because the response may have been lost, or two tabs may have refreshed at once. An older token may be stolen, and
   * ends the session.
   *
   * @throws Problem 401 `unauthenticated` when the session has ended, `token_reused`
   */
  async rotate(executor: Executor, { sub, sid, jti }: TokenClaims, ip: string): Promise<TokenSource> {
    const { refreshTokenTtl, refreshReuseInterval } = this.environment;
    const attempt = { sessionId: sid, userId: Number(sub), refreshId: jti };
    const successor =
      (await this.sessions.rotate(executor, attempt, {
        address: addressOf(ip),
        ttl: refreshTokenTtl,
      })) ?? (await this.sessions.findJustRotated(executor, attempt, refreshReuseInterval));
    if (successor) return successor;
    const hasEnded = await this.sessions.delete(executor, { id: sid, userId: attempt.userId });
    throw new Problem(hasEnded ? TOKEN_REUSED : unauthenticated('refresh', 'session_ended'));
  }

  /** Ends a session, if it is still live. */
  async logOut({ sessionId }: Pick<Caller, 'sessionId'>, executor: Executor = this.database): Promise<void> {
    await this.sessions.delete(executor, { id: sessionId });
  }

  /** Ends a session of a user. @throws Problem `session_not_found` also for a session of another user */
  async end(executor: Executor, sessionId: string, userId: number): Promise<void> {
    const hasEnded = await this.sessions.delete(executor, { id: sessionId, userId });
    if (!hasEnded) throw new Problem(SESSION_NOT_FOUND);
  }

  /** Ends all sessions of a user, or all but one. */
  async endAll(userId: number, executor: Executor, except?: string): Promise<void> {
    await this.sessions.deleteAll(executor, userId, except);
  }
}

import { Injectable } from '@nestjs/common';
import { type Caller } from '../../common/access';
import { bareAddress } from '../../common/http/peer-address';
import { Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { Environment } from '../../config/environment';
import { Database } from '../../database/database';
import { type Executor } from '../../database/executor';
import { Statements } from '../../reads/statements';
import { SESSION_NOT_FOUND, TOKEN_REUSED } from '../auth.problems';
import { addressOf } from '../throttling/address';
import { type TokenClaims } from '../tokens/token-claims';
import { type TokenSource } from '../tokens/tokens.service';
import { type Session } from './session.entity';
import { SessionsRepository } from './sessions.repository';
import { storableUserAgent } from './user-agent';

/** Where a request came from. */
export interface Origin {
  /** the header as Node gives it */
  userAgent: string | undefined;
  ip: string;
}

/** How many sessions an account keeps, because programs that log in each time would fill the table. */
const MAX_SESSIONS = 100;

/** Sessions: each login begins one, each refresh moves its end. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly environment: Environment,
  ) {}

  /**
   * Begins a session of a user whose password was checked against this hash. Undefined when the user has another hash by
   * now. Where there are too many sessions, those used longest ago end.
   */
  async start(id: number, passwordHash: string, { userAgent, ip }: Origin): Promise<TokenSource | undefined> {
    const session = {
      userAgent: storableUserAgent(userAgent),
      ip: bareAddress(ip),
      address: addressOf(ip),
      ttl: this.environment.refreshTokenTtl,
    };
    return this.sessions.insert(this.database, { id, passwordHash }, session, MAX_SESSIONS);
  }

  /** The live sessions of a user, the one used last first. */
  async findLive(userId: number): Promise<Session[]> {
    return this.sessions.findLive(this.database, userId);
  }

  /** The user behind an access token, if its session lives. */
  async findCaller(sessionId: string, userId: number): Promise<Caller | undefined> {
    const caller = await this.sessions.findCaller(this.statements, sessionId);
    return caller?.userId === userId ? caller : undefined;
  }

  /**
   * Uses up a refresh token and makes its successor. The token used up last answers the same successor for a while: its
   * response may have been lost, or two tabs refreshed at once. Any older token was stolen, and ends the session.
   *
   * @throws Problem 401 `unauthenticated` when the session is over, `token_reused`
   */
  async rotate({ sub, sid, jti }: TokenClaims, ip: string): Promise<TokenSource> {
    const { refreshTokenTtl, refreshReuseInterval } = this.environment;
    const attempt = { sessionId: sid, userId: Number(sub), refreshId: jti };
    const successor =
      (await this.sessions.rotate(this.database, attempt, {
        address: addressOf(ip),
        ttl: refreshTokenTtl,
      })) ?? (await this.sessions.findJustRotated(this.database, attempt, refreshReuseInterval));
    if (successor) return successor;
    const hasEnded = await this.sessions.delete(this.database, { id: sid, userId: attempt.userId });
    throw new Problem(hasEnded ? TOKEN_REUSED : unauthenticated('refresh', 'session_ended'));
  }

  /** Ends a session. It may have ended already. */
  async logOut({ sessionId }: Pick<Caller, 'sessionId'>): Promise<void> {
    await this.sessions.delete(this.database, { id: sessionId });
  }

  /** Ends one of a user's sessions. @throws Problem `session_not_found` for one that is not the user's */
  async end(sessionId: string, userId: number): Promise<void> {
    const hasEnded = await this.sessions.delete(this.database, { id: sessionId, userId });
    if (!hasEnded) throw new Problem(SESSION_NOT_FOUND);
  }

  /** Ends all sessions of a user, or all but one. */
  async endAll(userId: number, executor: Executor, except?: string): Promise<void> {
    await this.sessions.deleteAll(executor, userId, except);
  }
}

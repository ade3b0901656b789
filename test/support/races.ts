import { decode, type JwtPayload } from 'jsonwebtoken';
import { type TestApp } from './app';
import { type Answer } from './client';
import { createUser, startSession, type TestUser } from './factories';

/** A session with its tokens, whoever uses them. */
export interface Session {
  id: string;
  userId: number;
  email: string;
  access: string;
  refresh: string;
}

/** A new account with a session. */
export async function newSession(app: TestApp, options?: Parameters<typeof createUser>[2]): Promise<Session> {
  return toSession(await createUser(app, undefined, options));
}

/** One more session of the same user. */
export async function anotherSession(app: TestApp, { userId, email }: Session): Promise<Session> {
  return toSession(await startSession(app, { id: userId, email }));
}

function toSession({ id, email, accessToken, refreshToken }: TestUser): Session {
  const { sid } = decode(accessToken) as JwtPayload & { sid: string };
  return { id: sid, userId: id, email, access: accessToken, refresh: refreshToken };
}

/** The answers to calls that go out at once; there is a first one. */
export function together(...calls: [Promise<Answer>, ...Promise<Answer>[]]): Promise<[Answer, ...Answer[]]> {
  return Promise.all(calls);
}

/** Waits for some milliseconds, so that the one comes a little after the other. */
export async function after<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return work();
}

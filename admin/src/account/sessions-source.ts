import { api } from '../api';
import { asUser } from '../as-user';

/** The live sessions of the person, the one of this browser first. */
export async function readSessions() {
  const sessions = await asUser(() => api.account.listSessions());
  const data = [...sessions].sort((one, other) => Number(other.current) - Number(one.current));
  return { data, total: data.length };
}

export async function endSession(id: string): Promise<void> {
  await asUser(() => api.account.endSession({ id }));
}

import { startApp, type TestApp } from '../support/app';
import { type Answer } from '../support/client';
import { PASSWORD } from '../support/factories';
import { after, anotherSession, newSession, type Session, together } from '../support/races';

const ROUNDS = 1000;
const SIMULTANEOUS = 8;

let app: TestApp;
let twin: TestApp;
beforeAll(async () => {
  app = await startApp();
  twin = await startApp({}, app.connection);
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

const at = (index: number) => (index % 2 ? app : twin).api;
const refresh = (token: string, index: number) => at(index).as(token).post('/refresh');
const refreshTokensOf = (answers: Answer[]) =>
  answers.flatMap(({ status, body }) =>
    status === 200 ? [(body as { refresh_token: string }).refresh_token] : [],
  );
const accessTokensOf = (answers: Answer[]) =>
  answers.flatMap(({ status, body }) =>
    status === 200 ? [(body as { access_token: string }).access_token] : [],
  );

/** How many of the tokens that a session ever had are still good. */
async function countSurvivors(session: Session, answers: Answer[]): Promise<number> {
  const checks = await Promise.all([
    ...[session.access, ...accessTokensOf(answers)].map((token) => at(0).as(token).get('/me')),
    ...[session.refresh, ...refreshTokensOf(answers)].map((token) => refresh(token, 1)),
  ]);
  return checks.filter(({ status }) => status === 200).length;
}

function report(what: string, counts: Record<string, number>): void {
  const text = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`${what}, ${ROUNDS} rounds: ${text.join(', ')}\n`);
}

it('simultaneous refreshes make one successor', async () => {
  const counts = { forks: 0, refused: 0, dead: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const session = await newSession(app);
    const answers = await Promise.all(
      Array.from({ length: SIMULTANEOUS }, (_none, index) => refresh(session.refresh, index)),
    );
    const successors = new Set(refreshTokensOf(answers));
    if (successors.size > 1) counts.forks++;
    counts.refused += answers.filter(({ status }) => status !== 200).length;
    const [successor = ''] = successors;
    if ((await refresh(successor, round)).status !== 200) counts.dead++;
  }
  report(`${SIMULTANEOUS} refreshes at once`, counts);
  expect(counts).toEqual({ forks: 0, refused: 0, dead: 0 });
});

it('a logout leaves no token of a session that is being refreshed', async () => {
  const counts = { survivors: 0, failures: 0, 'refreshed first': 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const session = await newSession(app);
    const [logout, ...answers] = await together(
      after(Math.random() * 6, () => at(round).as(session.access).post('/logout')),
      ...[0, 1, 2].map((index) => after(Math.random() * 6, () => refresh(session.refresh, index))),
    );
    if (logout.status !== 204) counts.failures++;
    counts.failures += answers.filter(({ status }) => status >= 500).length;
    if (refreshTokensOf(answers).length > 0) counts['refreshed first']++;
    counts.survivors += await countSurvivors(session, answers);
  }
  report('a logout against 3 refreshes', counts);
  expect(counts).toMatchObject({ survivors: 0, failures: 0 });
});

it('a new password leaves no token of another session that is being refreshed', async () => {
  const counts = { survivors: 0, failures: 0, 'refreshed first': 0 };
  let next = 0;
  const rounds = async () => {
    for (let round = next++; round < ROUNDS; round = next++) {
      const session = await newSession(app);
      const own = await anotherSession(app, session);
      const changed = at(round).as(own.access).patch('/me', {
        password: 'wrong pony accumulator',
        current_password: PASSWORD,
      });
      // Refreshes go on from before the change until after it.
      const answers: Answer[] = [];
      let token = session.refresh;
      const state = { isOver: false };
      const change = changed.finally(() => (state.isOver = true));
      for (let index = 0; ; index++) {
        const isLast = state.isOver;
        const answer = await refresh(token, index);
        answers.push(answer);
        if (answer.status !== 200 || isLast) break;
        token = (answer.body as { refresh_token: string }).refresh_token;
      }
      if ((await change).status !== 200) counts.failures++;
      counts.failures += answers.filter(({ status }) => status >= 500).length;
      if (answers.length > 1) counts['refreshed first']++;
      counts.survivors += await countSurvivors(session, answers.slice(-3));
      if ((await at(round).as(own.access).get('/me')).status !== 200) counts.failures++;
    }
  };
  // Hashing is what takes the time, and either instance does its own.
  await Promise.all([rounds(), rounds()]);
  report('a new password against refreshes', counts);
  expect(counts).toMatchObject({ survivors: 0, failures: 0 });
});

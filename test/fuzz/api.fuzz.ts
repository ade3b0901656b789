import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { type Operation, operationsOf } from '../support/openapi-document';
import { toSent } from './draft';
import { faultOfEdit } from './edits';
import { faultOfEffect } from './effects';
import { type Received, type Sent, toCurl } from './exchange';
import { Judge } from './judge';
import { expectedOf, type Plan, plans, plansFor, toDraft } from './plan';
import { Tally } from './tally';
import { World } from './world';

const REQUESTS = Number(process.env.REQUESTS ?? 20_000);
const SEED = Number(process.env.SEED ?? randomInt(1, 999_999_999));

/** A defect is found again and again; these are enough to begin with. */
const MOST_FINDINGS = 5;

let world: World;
let judge: Judge;
let all: Operation[];
/** those that are tried */
let operations: Operation[];
const tally = new Tally();

beforeAll(async () => {
  world = await World.create();
  judge = new Judge(world.document);
  all = operationsOf(world.document);
  // The body of one of these is a file, and the answer of the other one has no end while an import is not finished.
  operations = all.filter(
    ({ name }) => name !== 'POST /stores/{id}/imports' && name !== 'GET /imports/{id}/events',
  );
});
afterAll(() => world.destroy());

const LOG_DELAY = 100;

/** How long a finding is made smaller, in milliseconds; requests that hang would take hours. */
const SHRINKING_LIMIT = 30_000;

interface Finding {
  /** the same for findings of the same defect, as far as that can be told */
  name: string;
  operation: string;
  text: string;
}

/** Sends a request, and whatever makes sure that it had the effect that it should have. */
async function tryOut(plan: Plan): Promise<Finding | undefined> {
  const expected = expectedOf(plan);
  const draft = await toDraft(plan, world);
  const sent = toSent(draft);
  const logged = world.log.length;
  let received: Received;
  try {
    received = await world.exchange.send(sent);
  } catch (error) {
    return describeFinding(plan, sent, undefined, `no answer: ${(error as Error).message}`);
  }
  tally.add(plan.operation, expected.kind, received.status);
  // The work goes on after such an answer, and must not be taken for that of the next request.
  const faultOfWork = received.status === 202 ? await faultOfEdit(world, received) : undefined;
  const writes = await world.takeWrites();
  const fault =
    judge.faultOf(draft, expected, received) ??
    faultOfWork ??
    (await faultOfEffect(world, { plan, expected, draft, sent, received, writes }));
  if (fault === undefined) return undefined;
  // What the program logs comes through a pipe, a little after the answer.
  if (received.status >= 500) await setTimeout(LOG_DELAY);
  return describeFinding(plan, sent, received, fault, world.log.slice(logged));
}

function describeFinding(
  plan: Plan,
  sent: Sent,
  received: Received | undefined,
  fault: string,
  log = '',
): Finding {
  const { operation, mutations } = plan;
  const kinds = mutations.map(({ kind }) => kind).join(', ') || 'valid';
  const answer = received ? `${received.status} ${received.text.slice(0, 1000)}` : 'none';
  return {
    operation: operation.name,
    name: `${operation.name}: ${fault.replace(/: .*/s, '')}`,
    text: [
      `${operation.name} (${kinds}): ${fault}`,
      `  ${toCurl(sent)}`,
      `  answer: ${answer}`,
      ...(log === '' ? [] : [`  log: ${log.slice(0, 2000)}`]),
    ].join('\n'),
  };
}

it('all requests get the answer that the document and the contract say', async () => {
  const again = `npm run test:fuzz -- --requests ${REQUESTS} --seed ${SEED}`;
  process.stdout.write(`seed ${SEED}; to repeat: ${again}\n`);
  const requests = plans(operations, all);
  const findings = new Map<string, Finding>();
  let done = 0;
  while (done < REQUESTS && findings.size < MOST_FINDINGS) {
    let last: Finding | undefined;
    let end = Infinity;
    const property = fc.asyncProperty(requests, async (plan) => {
      if (performance.now() > end) return true;
      const finding = await tryOut(plan);
      if (!finding || findings.has(finding.name)) return true;
      // While it is made smaller, it stays one of the same operation.
      if (last && last.operation !== finding.operation) return true;
      if (!last) end = performance.now() + SHRINKING_LIMIT;
      last = finding;
      return false;
    });
    const run = await fc.check(property, { seed: SEED + findings.size, numRuns: REQUESTS - done });
    done += run.numRuns;
    if (last) findings.set(last.name, last);
    else if (run.failed) throw run.errorInstance;
  }
  // Answers that are seldom may not have come.
  for (const { operation, status } of findings.size > 0 ? [] : tally.missing(operations)) {
    for (const plan of plansFor(operation, status, { all, seed: SEED })) {
      const finding = await tryOut(plan);
      if (finding) findings.set(finding.name, finding);
      done += 1;
    }
  }
  process.stdout.write(`${tally.toString()}\n`);
  for (const { text } of findings.values()) process.stdout.write(`finding: ${text}\n`);
  process.stdout.write(`${done} requests, ${findings.size} findings, seed ${SEED}\n`);
  if (findings.size > 0) throw new Error(`${findings.size} findings; to repeat: ${again}`);
  const missing = tally.missing(operations).map(({ operation, status }) => `${operation.name} ${status}`);
  expect({ documentedAndNeverAnswered: missing }).toEqual({ documentedAndNeverAnswered: [] });
});

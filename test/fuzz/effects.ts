import { type Draft } from './draft';
import { type Received, type Sent } from './exchange';
import { faultOfEcho, faultOfWrites } from './judge';
import { type Expected, hasKey, type Plan } from './plan';
import { type World, type Write } from './world';

/** A request that got the right answer. */
export interface Answered {
  plan: Plan;
  expected: Expected;
  draft: Draft;
  sent: Sent;
  received: Received;
  /** what it wrote */
  writes: readonly Write[];
}

/** What is wrong with the effect of a request, or undefined. */
export async function faultOfEffect(world: World, answered: Answered): Promise<string | undefined> {
  const { plan, expected, draft, writes } = answered;
  const isKept = isKeptResponse(plan, expected);
  return (
    faultOfWrites(writes, expected, draft.method, isKept) ??
    (isKept ? await faultOfReplay(world, answered) : undefined) ??
    (plan.mutations.length === 0 ? await faultOfResult(world, answered) : undefined)
  );
}

/** Whether a repetition of the request must get the same response. */
function isKeptResponse(plan: Plan, { status, rank }: Expected): boolean {
  if (!hasKey(plan)) return false;
  const dependsOnState = rank === 'existence' || rank === 'state';
  return status < 300 || (dependsOnState && (status === 404 || status === 409));
}

async function faultOfReplay(world: World, { sent, received }: Answered): Promise<string | undefined> {
  const replay = await world.exchange.send(sent);
  if (replay.headers['idempotency-replayed'] !== 'true') return 'with the same key it was not replayed';
  if (
    replay.status !== received.status ||
    withoutRequestId(replay.text) !== withoutRequestId(received.text)
  ) {
    return 'with the same key it got another answer';
  }
  return (await world.takeWrites()).length > 0 ? 'with the same key it wrote again' : undefined;
}

const withoutRequestId = (text: string): string => text.replace(/"request_id":"[^"]*"/, '');

/** Compares the answer to a valid request with what was sent, and with what can be read afterwards. */
async function faultOfResult(world: World, { plan, draft, received }: Answered): Promise<string | undefined> {
  const { name, method } = plan.operation;
  if (method === 'GET') return faultOfNextPage(world, draft, received);
  // A second admin would make the first one no longer the last one.
  if (name === 'PATCH /users/{id}') await world.demote(draft.scene.user.id);
  // Tokens are other ones each time, and an answer without a body has nothing to compare.
  if (received.text === '' || /login|refresh/.test(name)) return undefined;
  return (
    faultOfEcho(draft, received.text) ??
    (hasAddress(name) ? await faultOfStored(world, plan, received) : undefined)
  );
}

/** Whether what is answered can be read again. */
const hasAddress = (name: string): boolean =>
  !/^(?:PATCH \/users\/\{id\}|POST \/changes\/\{id\}\/undo|POST \/stores\/\{id\}\/edits)$/.test(name);

async function faultOfNextPage(
  world: World,
  { method, authorization }: Draft,
  { headers }: Received,
): Promise<string | undefined> {
  const [, next] = /<([^>]+)>; rel="next"/.exec(String(headers.link)) ?? [];
  if (method === 'HEAD' || next === undefined) return undefined;
  const { status } = await world.read(next, authorization);
  return status === 200 ? undefined : `its next page got ${status}`;
}

async function faultOfStored(
  world: World,
  { operation: { path } }: Plan,
  { headers, text }: Received,
): Promise<string | undefined> {
  const { id } = JSON.parse(text) as { id: number };
  const target = `/${collectionOf(path)}/${id}`;
  const { location = target } = headers;
  if (location !== target) return `the location ${String(location)}`;
  const stored = await world.read(target, `Bearer ${world.token(world.admin, 'access')}`);
  return stored.text === text ? undefined : `afterwards there was ${stored.status} ${stored.text}`;
}

/** Where the resource is that a request to this path answers with. */
function collectionOf(path: string): string {
  if (path === '/register' || path === '/me') return 'users';
  if (path === '/stores/{id}/tags') return 'tags';
  return path.split('/')[1] ?? '';
}

import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Admission } from './admission';
import { type RouteSettings } from './route-settings';

/** A request that only begins and ends. */
class Visitor {
  readonly raw = new EventEmitter();

  constructor(
    private readonly method = 'GET',
    private readonly config: RouteSettings = {},
  ) {}

  enter(admission: Admission, begin: () => void): void {
    const request = { method: this.method, routeOptions: { config: this.config } };
    admission.admit(request as unknown as FastifyRequest, this as unknown as FastifyReply, begin);
  }

  leave(): void {
    this.raw.emit('close');
  }
}

let admission: Admission;
/** the numbers of the requests, in the order in which they began */
let begun: number[];
beforeEach(() => {
  admission = new Admission(60_000);
  begun = [];
});

function enter(count: number, method?: string, config?: RouteSettings): Visitor[] {
  return Array.from({ length: count }, (_none, number) => {
    const visitor = new Visitor(method, config);
    visitor.enter(admission, () => begun.push(number));
    return visitor;
  });
}

const numbers = (count: number) => Array.from({ length: count }, (_none, number) => number);

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

afterEach(() => {
  expect(admission.waitingCount).toBe(0);
});

it('begins requests at once while there are few', () => {
  const visitors = enter(32);
  expect(begun).toEqual(numbers(32));
  for (const visitor of visitors) visitor.leave();
});

it('begins 32 in a turn, in the order of their arrival, until 128 are under way', async () => {
  const visitors = enter(140);
  expect(begun).toHaveLength(32);
  await turns(1);
  expect(begun).toHaveLength(64);
  await turns(10);
  expect(begun).toEqual(numbers(128));
  expect(admission.waitingCount).toBe(12);
  visitors[5]?.leave();
  await turns(1);
  expect(begun).toEqual(numbers(129));
  for (const visitor of visitors) visitor.leave();
});

it('begins one in a turn while connections arrive', async () => {
  admission.accepted();
  const visitors = enter(40);
  expect(begun).toHaveLength(1);
  admission.accepted();
  await turns(1);
  expect(begun).toHaveLength(2);
  await turns(1);
  expect(begun.length).toBeGreaterThan(30);
  for (const visitor of visitors) visitor.leave();
});

it('lets reads and writes wait apart, and exempt routes not at all', async () => {
  const reads = enter(200);
  await turns(10);
  expect(begun).toHaveLength(128);
  const others = [
    ...enter(2, 'POST'),
    ...enter(2, 'GET', { unqueued: true }),
    ...enter(2, 'DELETE', { unlimited: true }),
  ];
  expect(begun).toHaveLength(134);
  for (const visitor of [...reads, ...others]) visitor.leave();
});

it('forgets a waiting request whose client has gone', async () => {
  const visitors = enter(130);
  await turns(10);
  visitors[128]?.leave();
  visitors[0]?.leave();
  await turns(2);
  expect(begun).toEqual([...numbers(128), 129]);
  for (const visitor of visitors) visitor.leave();
});

import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../common/problems/problem';
import { HashQueue } from './hash-queue';

const SLOTS = Math.min(8, Math.max(1, Math.floor(os.availableParallelism() / 2)));
const WAITING = 100 * SLOTS;

/** Work that runs until it is told to end. */
class Work {
  started = false;
  end!: (error?: Error) => void;
  private readonly done = new Promise<void>((resolve, reject) => {
    this.end = (error) => {
      if (error) reject(error);
      else resolve();
    };
  });

  run = async (): Promise<string> => {
    this.started = true;
    await this.done;
    return 'done';
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A queue with as many works as it runs and lets wait, in their order. */
function fill(queue: HashQueue, count = SLOTS + WAITING) {
  const works = Array.from({ length: count }, () => new Work());
  return { works, results: works.map((work) => queue.run(work.run)) };
}

async function finish({ works, results }: ReturnType<typeof fill>): Promise<void> {
  for (const work of works) work.end();
  await Promise.all(results);
}

/** How busy the event loop is between any two looks, from 0 to 1. */
function keepBusy(utilization: number): void {
  jest.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ active: 0, idle: 0, utilization });
}

describe('HashQueue', () => {
  beforeEach(() => {
    keepBusy(0);
  });

  it('gives what the work gives', async () => {
    expect(await new HashQueue().run(() => Promise.resolve(7))).toBe(7);
  });

  it('runs as many at once as half the processors, and no more', async () => {
    const filled = fill(new HashQueue(), SLOTS + 3);
    await settled();
    expect(filled.works.map(({ started }) => started)).toEqual([
      ...Array<boolean>(SLOTS).fill(true),
      false,
      false,
      false,
    ]);
    await finish(filled);
  });

  it('runs eight at once, however many processors there are', async () => {
    jest.spyOn(os, 'availableParallelism').mockReturnValueOnce(64);
    const filled = fill(new HashQueue(), 12);
    await settled();
    expect(filled.works.filter(({ started }) => started)).toHaveLength(8);
    await finish(filled);
  });

  it('leaves their share to other processes', async () => {
    const filled = fill(new HashQueue(2 * SLOTS), 3);
    await settled();
    expect(filled.works.map(({ started }) => started)).toEqual([true, false, false]);
    await finish(filled);
  });

  it('goes in the order of arrival, one for each that ends', async () => {
    const filled = fill(new HashQueue(), SLOTS + 5);
    const { works } = filled;
    for (let ended = 0; ended < 5; ended++) {
      works[ended]?.end();
      await settled();
      expect(works.filter(({ started }) => started)).toEqual(works.slice(0, SLOTS + ended + 1));
    }
    await finish(filled);
  });

  it.each([
    [1, 3],
    [0.5, 2],
    [0, 1],
  ])('where the event loop is %d busy it gives each turn %d times its time', async (utilization, times) => {
    keepBusy(utilization);
    const queue = new HashQueue();
    const work = () => sleep(20);
    await queue.run(work);
    const begin = performance.now();
    await Promise.all(Array.from({ length: 3 * SLOTS }, () => queue.run(work)));
    // After the last of the three nobody waits for the end of its rest.
    expect(performance.now() - begin).toBeGreaterThan(0.9 * (2 * times + 1) * 20);
  });

  it.each([
    ['where nobody waits', 1, () => Promise.resolve()],
    ['after what failed at once', 20 * SLOTS, () => Promise.reject(new Error('failed'))],
  ])('does not rest %s', async (_when, count, work) => {
    keepBusy(1);
    const queue = new HashQueue();
    await queue.run(() => sleep(300));
    const begin = performance.now();
    await Promise.allSettled(Array.from({ length: count }, () => queue.run(work)));
    expect(performance.now() - begin).toBeLessThan(300);
  });

  it('rests no longer than those who wait have time for', async () => {
    keepBusy(1);
    const queue = new HashQueue(1, 40_000);
    const begin = performance.now();
    await Promise.all(Array.from({ length: 4 * SLOTS }, () => queue.run(() => sleep(300))));
    // With 320 ms a turn the last of a hundred is served within 40 seconds; with all of their rest these take 3000.
    expect(performance.now() - begin).toBeLessThan(2500);
  });

  it('rests the same after a turn that was quick for once', async () => {
    keepBusy(1);
    const queue = new HashQueue();
    for (let i = 0; i < 8; i++) await queue.run(() => sleep(20));
    await queue.run(() => Promise.resolve());
    const begin = performance.now();
    await Promise.all(Array.from({ length: 2 * SLOTS }, () => queue.run(() => sleep(20))));
    expect(performance.now() - begin).toBeGreaterThan(0.9 * 80);
  });

  it('lets no newcomer past those who wait', async () => {
    const queue = new HashQueue();
    const filled = fill(queue, SLOTS + 1);
    const order: string[] = [];
    filled.results.at(-1)?.then(
      () => order.push('waited'),
      () => undefined,
    );
    filled.works[0]?.end();
    filled.works.at(-1)?.end();
    // Comes in the same turn of the event loop as the end of the first.
    const late = queue.run(() => Promise.resolve()).then(() => order.push('late'));
    await late;
    expect(order).toEqual(['waited', 'late']);
    await finish(filled);
  });

  it('refuses with 503 who would have to wait too long, and takes them again later', async () => {
    const queue = new HashQueue();
    const filled = fill(queue);
    const work = jest.fn(() => Promise.resolve());
    const refused: unknown = await queue.run(work).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Problem);
    const { type, headers } = refused as Problem;
    expect(type).toMatchObject({ status: 503, code: 'unavailable' });
    expect(headers['retry-after']).toMatch(/^\d+$/);
    expect(work).not.toHaveBeenCalled();

    filled.works[0]?.end();
    await settled();
    const accepted = queue.run(work);
    await finish(filled);
    await accepted;
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('lets go at once of who waits for nothing any more', async () => {
    const queue = new HashQueue();
    const filled = fill(queue, SLOTS);
    const controllers = Array.from({ length: WAITING }, () => new AbortController());
    const work = jest.fn(() => Promise.resolve());
    const waiting = controllers.map(({ signal }) => queue.run(work, signal).catch((error: unknown) => error));
    const last = queue.run(work).catch((error: unknown) => error);
    expect(await last).toBeInstanceOf(Problem);
    const gone = new Error('gone');
    for (const controller of controllers) controller.abort(gone);
    expect(await Promise.all(waiting)).toEqual(Array(WAITING).fill(gone));
    // All of the places are free again, and the turns are still taken.
    const refilled = fill(queue, WAITING);
    await settled();
    expect(refilled.works.some(({ started }) => started)).toBe(false);
    await finish(filled);
    await finish(refilled);
    expect(work).not.toHaveBeenCalled();
  });

  it('takes none who has gone before, and leaves alone who goes while at work', async () => {
    const queue = new HashQueue();
    const work = jest.fn(() => Promise.resolve());
    await expect(queue.run(work, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(work).not.toHaveBeenCalled();
    const controller = new AbortController();
    const filled = fill(queue, SLOTS);
    const later = new Work();
    const result = queue.run(later.run, controller.signal);
    filled.works[0]?.end();
    await settled();
    controller.abort();
    later.end();
    expect(await result).toBe('done');
    await finish(filled);
  });

  it('frees the place of work that fails', async () => {
    const queue = new HashQueue();
    for (let i = 0; i < 3 * SLOTS; i++) {
      await expect(queue.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
      await expect(
        queue.run(() => {
          throw new Error('thrown');
        }),
      ).rejects.toThrow('thrown');
    }
    const filled = fill(queue, SLOTS + 1);
    await settled();
    expect(filled.works.filter(({ started }) => started)).toHaveLength(SLOTS);
    filled.works[0]?.end(new Error('failed'));
    await expect(filled.results[0]).rejects.toThrow('failed');
    expect(filled.works.every(({ started }) => started)).toBe(true);
    filled.works.slice(1).forEach((work) => {
      work.end();
    });
    await Promise.all(filled.results.slice(1));
  });

  it('never runs more than it should, whatever fails', async () => {
    const queue = new HashQueue();
    let running = 0;
    let most = 0;
    const results = Array.from({ length: SLOTS + WAITING }, (_none, index) =>
      queue.run(async () => {
        most = Math.max(most, ++running);
        await settled();
        running--;
        if (index % 3 === 0) throw new Error('failed');
      }),
    );
    const outcomes = await Promise.allSettled(results);
    expect(most).toBe(SLOTS);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(
      Math.ceil((SLOTS + WAITING) / 3),
    );
  });
});

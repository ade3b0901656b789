import { Places } from './places';
import { Problem } from './problems/problem';

const held = () => {
  let end: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (end = resolve));
  return { until, end };
};

/** Lets those go on who wait for a promise that is fulfilled. */
const settle = () => jest.advanceTimersByTimeAsync(0);

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it('lets as many wait as there are places, and the first one first', async () => {
  const places = new Places(2, 'Too many');
  const works = [held(), held(), held(), held()];
  const begun: number[] = [];
  const done = works.map(({ until }, n) =>
    places.hold(async () => {
      begun.push(n);
      await until;
      return n;
    }),
  );
  await settle();
  expect(begun).toEqual([0, 1]);
  await expect(places.hold(() => Promise.resolve())).rejects.toBeInstanceOf(Problem);
  expect(() => places.take()).toThrow('Too many; try again shortly.');
  works[1]?.end();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  for (const { end } of works) end();
  expect(await Promise.all(done)).toEqual([0, 1, 2, 3]);
  const leave = places.take();
  leave();
  leave();
  expect([places.take(), places.take()]).toHaveLength(2);
  expect(() => places.take()).toThrow(Problem);
});

it('refuses those for whom no place was free in five seconds, who then do not stand in the way', async () => {
  const places = new Places(1, 'Too many');
  const leave = places.take();
  const late = expect(places.hold(() => Promise.resolve())).rejects.toMatchObject({
    headers: { 'retry-after': '5' },
  });
  await jest.advanceTimersByTimeAsync(5000);
  await late;
  leave();
  expect(await places.hold(() => Promise.resolve('next'))).toBe('next');
});

it('gives a place back when the work fails', async () => {
  const places = new Places(1, 'Too many');
  await expect(places.hold(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  places.take();
});

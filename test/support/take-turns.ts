import { HashQueue } from '../../src/auth/passwords/hash-queue';
import { type TestApp } from './app';

/** Takes every turn that the queue of hashes has, so that who comes now waits. The function that comes back returns them. */
export function takeTurns({ app }: TestApp): () => Promise<void> {
  const queue = app.get(HashQueue);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const turns: Promise<void>[] = [];
  let waiting: AbortController;
  do {
    const controller = (waiting = new AbortController());
    const work = () => {
      controller.abort();
      return ended;
    };
    turns.push(queue.run(work, controller.signal).catch(() => undefined));
  } while (waiting.signal.aborted);
  waiting.abort();
  return async () => {
    end();
    await Promise.all(turns);
  };
}

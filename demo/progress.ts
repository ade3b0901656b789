import { type WriteStream } from 'node:tty';
import { SingleBar } from 'cli-progress';

export interface Progress {
  update: (done: number, total: number) => void;
  stop: () => void;
}

/** Shows a progress bar on a terminal, or a line for each quarter in a file or pipe. */
export function showProgress(stream: WriteStream): Progress {
  return stream.isTTY ? bar(stream) : lines(stream);
}

function bar(stream: WriteStream): Progress {
  const single = new SingleBar({
    stream,
    format: 'Loading [{bar}] {percentage} %  {value}/{total} items  {duration_formatted}',
  });
  return {
    update: (done, total) => {
      if (done === 0) single.start(total, 0);
      else single.update(done);
    },
    stop: () => {
      single.stop();
    },
  };
}

function lines(stream: WriteStream): Progress {
  let quarters = -1;
  return {
    update: (done, total) => {
      const reached = Math.floor((4 * done) / total);
      if (reached <= quarters) return;
      quarters = reached;
      stream.write(`${done} of ${total} items\n`);
    },
    stop: () => undefined,
  };
}

import { type WriteStream } from 'node:tty';
import { type Progress, progressBar, progressLine } from './progress-line';

export interface ProgressDisplay {
  update: (progress: Omit<Progress, 'seconds'>) => void;
  /** takes the bar away, so that other lines can follow */
  clear: () => void;
}

const BAR_INTERVAL = 100;

/** Between the lines of a log, in milliseconds. What takes no longer has none. */
const LINE_INTERVAL = 5000;

/** A bar on a terminal, and a line now and then elsewhere. */
export function progressDisplay(stream: WriteStream = process.stderr): ProgressDisplay {
  let [what, since, shown] = ['', 0, 0];
  const { isTTY } = stream;
  return {
    update: (progress) => {
      const now = performance.now();
      if (progress.what !== what) [what, since, shown] = [progress.what, now, isTTY ? 0 : now];
      if (now - shown < (isTTY ? BAR_INTERVAL : LINE_INTERVAL)) return;
      shown = now;
      const whole = { ...progress, seconds: (now - since) / 1000 };
      stream.write(
        isTTY ? `\r${progressBar(whole).slice(0, stream.columns - 1)}\x1b[K` : `${progressLine(whole)}\n`,
      );
    },
    clear: () => {
      if (isTTY && shown > 0) stream.write('\r\x1b[K');
      [what, shown] = ['', 0];
    },
  };
}

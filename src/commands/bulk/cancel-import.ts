import { setTimeout as sleep } from 'node:timers/promises';
import { type Emporium, isProblem } from '#client';
import { type Import, isFinished } from './follow-import';
import { describeImport } from './report';

/** Between two looks at whether it is cancelled, in milliseconds. */
const INTERVAL = 1000;

/** Cancels an import, waits until it has rolled back, and tells what became of it. */
export async function cancelImport(api: Emporium, id: number): Promise<void> {
  let result = await cancelOnce(api, id);
  if (!isFinished(result)) process.stderr.write('Cancelling; Ctrl-C again ends this command at once.\n');
  while (!isFinished(result)) {
    await sleep(INTERVAL);
    result = await cancelOnce(api, id);
  }
  process.stderr.write(`${describeImport(result)}\n`);
}

/** An import that is finished already stays as it is. */
async function cancelOnce(api: Emporium, id: number): Promise<Import> {
  try {
    return await api.imports.cancel({ id });
  } catch (error) {
    if (!isProblem(error, 'already_finished')) throw error;
    return api.imports.get({ id });
  }
}

import { type Emporium } from '#client';
import { unlessInterrupted } from '../interruption';
import { type Import, watchOperation } from './follow-import';
import { accountOf, type AccountOptions, withSession } from './session';
import { tellResult } from './tell-result';

export type ApplyOptions = AccountOptions;

export interface UndoOptions extends AccountOptions {
  readonly onConflict: 'abort' | 'skip';
}

/** Does what a preview says. */
export async function apply(id: number, options: ApplyOptions): Promise<void> {
  await change(id, options, (api) => api.imports.apply({ id }));
}

/** Takes back what an import has done. */
export async function undo(id: number, options: UndoOptions): Promise<void> {
  await change(id, options, (api) => api.imports.undo({ id, on_conflict: options.onConflict }));
}

/** The server does it in one transaction, so after Ctrl-C it is done or not, but never in part. */
async function change(
  id: number,
  options: AccountOptions,
  act: (api: Emporium) => Promise<Import>,
): Promise<void> {
  await withSession(options, false, async ({ api }) => {
    const end = new AbortController();
    const watching = watchOperation(api, id, end.signal);
    const result = await unlessInterrupted(() => act(api)).finally(async () => {
      end.abort();
      await watching;
    });
    await tellResult(api, result, accountOf(options));
  });
}

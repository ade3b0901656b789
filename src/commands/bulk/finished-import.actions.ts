import { type Emporium } from '#client';
import { Interruption, interrupted, unlessInterrupted } from '../interruption';
import { cancelImport } from './cancel-import';
import { type Import, watchOperation } from './follow-import';
import { accountOf, type AccountOptions, type Session, withSession } from './session';
import { tellResult } from './tell-result';

export type ApplyOptions = AccountOptions;

export interface UndoOptions extends AccountOptions {
  readonly onConflict: 'abort' | 'skip';
}

/** Does what a preview says. Ctrl-C cancels it. */
export async function apply(id: number, options: ApplyOptions): Promise<void> {
  await change(id, options, {
    act: (api) => api.imports.apply({ id }),
    leave: async ({ api }) => cancelImport(api, id),
  });
}

/** Takes back what an import has done. */
export async function undo(id: number, options: UndoOptions): Promise<void> {
  await change(id, options, {
    act: (api) => api.imports.undo({ id, on_conflict: options.onConflict }),
    leave: ({ url }) => {
      process.stderr.write(
        `An undo cannot be cancelled, so the server goes on with that of import ${id}. ` +
          `${url}/imports/${id} and the admin panel tell how it ends.\n`,
      );
    },
  });
}

interface Operation {
  readonly act: (api: Emporium) => Promise<Import>;
  /** after Ctrl-C, when the server has been asked already */
  readonly leave: (session: Session) => Promise<void> | void;
}

/** The server does it in one transaction, so after Ctrl-C it is done or not, but never in part. */
async function change(id: number, options: AccountOptions, { act, leave }: Operation): Promise<void> {
  await withSession(options, false, async (session) => {
    const { api } = session;
    // Until now the server was asked for nothing that would have to be cancelled.
    interrupted.throwIfAborted();
    const end = new AbortController();
    const watching = watchOperation(api, id, end.signal);
    try {
      const result = await unlessInterrupted(() => act(api)).finally(async () => {
        end.abort();
        await watching;
      });
      await tellResult(api, result, accountOf(options));
    } catch (error) {
      if (error instanceof Interruption) await leave(session);
      throw error;
    }
  });
}

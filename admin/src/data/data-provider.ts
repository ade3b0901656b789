import { type DataProvider, type Identifier, type RaRecord } from 'react-admin';
import { asUser } from '../as-user';
import { mapLimited } from '../limit';
import { Cancelled, NotDeleted, PanelError } from '../panel-error';
import { translate } from '../i18n/provider';
import { readSessions, endSession } from '../account/sessions-source';
import { isOwnAccount, readRightsAgain } from '../session/account';
import { createOnce } from './create-keys';
import { type ListQuery, type Resource, RESOURCES, type ResourceName, type Row } from './resources';
import { deleteSeen, updateSeen } from './writes';

/** `page` of the API reaches the row of this number. */
export const LAST_ROW_BY_PAGE = 10_000;

function resourceOf(name: string): Resource {
  return RESOURCES[name as ResourceName];
}

/** The API without its types, as react-admin calls it. */
const provider = {
  getList: async (name: string, params: ListParams) => {
    if (name === 'sessions') return readSessions();
    const { page, perPage } = params.pagination ?? { page: 1, perPage: 25 };
    if (page * perPage > LAST_ROW_BY_PAGE)
      throw new PanelError(translate('emporium.errors.too_far', { row: LAST_ROW_BY_PAGE }), 400);
    const query: ListQuery = { ...filterOf(params.filter), limit: perPage, page, count: true };
    if (params.sort) query.sort = `${params.sort.order === 'DESC' ? '-' : ''}${params.sort.field}`;
    const { rows, total } = await asUser(() => resourceOf(name).list(query, params.signal));
    return { data: rows, total: total ?? rows.length };
  },

  getOne: async (name: string, { id }: { id: Identifier }) => ({
    data: await asUser(() => resourceOf(name).get(Number(id))),
  }),

  /** Rows that do not exist any more are left out, so that the others can be shown. */
  getMany: async (name: string, { ids }: { ids: Identifier[] }) => {
    const rows = await mapLimited(ids, (id) => readIfExists(name, Number(id)));
    return { data: rows.filter((row) => row !== undefined) };
  },

  create: async (name: string, { data }: { data: object }) => {
    const { create } = resourceOf(name);
    if (!create) throw new Error(`${name} are not created here`);
    const once = (key: string) => asUser(() => create(data as Row, key));
    return { data: await createOnce(name, data, once) };
  },

  update: async (
    name: string,
    { id, data, previousData }: { id: Identifier; data: object; previousData: Row },
  ) => {
    const row = await updateSeen(name as ResourceName, Number(id), data as Row, previousData);
    if (name === 'users' && isOwnAccount(row.id)) readRightsAgain();
    return { data: row };
  },

  delete: async (name: string, { id, previousData }: { id: Identifier; previousData?: Row }) => {
    if (name === 'sessions') await endSession(String(id));
    else await deleteSeen(name as ResourceName, Number(id), previousData);
    return { data: previousData ?? { id } };
  },

  /**
   * One that cannot be deleted keeps no other from being deleted; the error tells which are left. `meta.seen` has what the
   * person has seen.
   */
  deleteMany: async (name: string, { ids, meta }: { ids: Identifier[]; meta?: { seen?: RaRecord[] } }) => {
    const failures: unknown[] = [];
    const left: number[] = [];
    await mapLimited(ids, async (id) => {
      const seen = meta?.seen?.find((row) => row.id === id);
      try {
        await deleteSeen(name as ResourceName, Number(id), seen);
      } catch (error) {
        // Somebody else has deleted it.
        if (error instanceof PanelError && error.status === 404) return;
        left.push(Number(id));
        if (!(error instanceof Cancelled)) failures.push(error);
      }
    });
    if (left.length > 0) throw new NotDeleted(reasonOf(failures), left);
    return { data: ids };
  },

  supportAbortSignal: true,
};

interface ListParams {
  pagination?: { page: number; perPage: number };
  sort?: { field: string; order: string };
  filter?: Record<string, unknown>;
  signal?: AbortSignal;
}

export const dataProvider = provider as unknown as DataProvider;

async function readIfExists(name: string, id: number): Promise<Row | undefined> {
  try {
    return await asUser(() => resourceOf(name).get(id));
  } catch (error) {
    if (error instanceof PanelError && error.status === 404) return undefined;
    throw error;
  }
}

function reasonOf(failures: readonly unknown[]): string {
  const [failure] = failures;
  if (failure === undefined) return '';
  const reason = failure instanceof Error ? failure.message : '';
  return translate('emporium.items.bulk.not_deleted', { smart_count: failures.length, reason });
}

/** A filter without a value is not sent: the API would refuse an empty text. */
function filterOf(filter: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(filter).filter(
      ([, value]) =>
        value !== undefined &&
        value !== null &&
        !(typeof value === 'string' && value.trim() === '') &&
        !(Array.isArray(value) && value.length === 0),
    ),
  );
}

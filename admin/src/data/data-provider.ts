import { type DataProvider, type Identifier, type RaRecord } from 'react-admin';
import { asUser } from '../as-user';
import { mapLimited } from '../limit';
import { PanelError } from '../panel-error';
import { translate } from '../i18n/provider';
import { readSessions, endSession } from '../account/sessions-source';
import { type ListQuery, type Resource, RESOURCES, type ResourceName, type Row } from './resources';
import { deleteSeen, updateSeen } from './writes';

/** How many calls of one action are under way at once. */
const PARALLEL = 4;

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

  getMany: async (name: string, { ids }: { ids: Identifier[] }) => ({
    data: await mapLimited(ids, PARALLEL, (id) => asUser(() => resourceOf(name).get(Number(id)))),
  }),

  getManyReference: async (name: string, params: ListParams & { target: string; id: Identifier }) =>
    provider.getList(name, { ...params, filter: { ...params.filter, [params.target]: params.id } }),

  create: async (name: string, { data }: { data: object }) => {
    const { create } = resourceOf(name);
    if (!create) throw new Error(`${name} are not created here`);
    return { data: await asUser(() => create(data as Row)) };
  },

  update: async (
    name: string,
    { id, data, previousData }: { id: Identifier; data: object; previousData: Row },
  ) => ({
    data: await updateSeen(name as ResourceName, Number(id), data as Row, previousData),
  }),

  updateMany: async (name: string, { ids, data }: { ids: Identifier[]; data: object }) => {
    await mapLimited(ids, PARALLEL, (id) =>
      asUser(() => resourceOf(name).update(Number(id), data, undefined)),
    );
    return { data: ids };
  },

  delete: async (name: string, { id, previousData }: { id: Identifier; previousData?: Row }) => {
    if (name === 'sessions') await endSession(String(id));
    else await deleteSeen(name as ResourceName, Number(id), previousData);
    return { data: previousData ?? { id } };
  },

  /** One after the other if there is a question to ask; `meta.seen` has what the person has seen. */
  deleteMany: async (name: string, { ids, meta }: { ids: Identifier[]; meta?: { seen?: RaRecord[] } }) => {
    await mapLimited(ids, PARALLEL, (id) => {
      const seen = meta?.seen?.find((row) => row.id === id);
      return deleteSeen(name as ResourceName, Number(id), seen);
    });
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

import { type Operation } from '../support/openapi-document';
import { type Draft, removeMember, type Role, setHeader, setMember } from './draft';
import { type Mutation, type Rank } from './mutations';
import { type World } from './world';

/** Who may call an operation. */
export type Access = 'anybody' | 'user' | 'owner' | 'admin';

/** The document says only whether a token is needed. */
export function accessOf({ method, path, needsToken }: Operation): Access {
  if (!needsToken) return 'anybody';
  if (/^\/users\b/.test(path)) return 'admin';
  const isOfStore =
    /^\/(?:stores|items|tags|changes|imports)\b/.test(path) && `${method} ${path}` !== 'POST /stores';
  return isOfStore ? 'owner' : 'user';
}

export const ROLES: Readonly<Record<Access, readonly Role[]>> = {
  anybody: ['nobody', 'stranger', 'owner', 'admin'],
  user: ['stranger', 'owner', 'admin'],
  owner: ['owner', 'owner', 'admin'],
  admin: ['admin'],
};

/** Whether a request may end the session of its caller, or the caller, who therefore is a new one each time. */
export const endsCaller = ({ name }: Operation): boolean =>
  /^(?:POST \/logout|POST \/refresh|PATCH \/me|POST \/me\/deletion)$/.test(name);

/** Whether a request hashes a password, which is slow on purpose. */
export const hashes = ({ name }: Operation): boolean =>
  /^(?:POST \/register|POST \/login|PATCH \/me|POST \/me\/deletion)$/.test(name);

/** The state that an import must have for an operation. */
export const IMPORT_STATES: Readonly<Record<string, string>> = { 'POST /imports/{id}/undo': 'succeeded' };

/** Completes a valid request with what its members mean together. */
export const COMPLETIONS: Readonly<Record<string, (draft: Draft) => void | Promise<void>>> = {
  'POST /login': (draft) => {
    setMember(draft, 'email', draft.scene.user.email);
  },
  'POST /stores/{id}/edits': (draft) => {
    setMember(draft, 'dry_run', true);
  },
  'DELETE /items/{item_id}/tags/{tag_id}': ({ scene: { world, store, item, tag } }) =>
    world.link(store.id, item, tag),
};

/** Makes a caller of another role. */
function as(draft: Draft, role: 'stranger' | 'owner' | 'admin'): void {
  const { world } = draft.scene;
  draft.scene.person = world[role];
  draft.authorization = `Bearer ${world.token(world[role], 'access')}`;
}

const fail =
  (rank: Rank, status: number, code: string, more: Partial<Mutation> = {}) =>
  (kind: string, apply: Mutation['apply']): Mutation => ({
    kind,
    slot: rank,
    rank,
    status,
    code,
    ...more,
    apply,
  });

const swapCase = (text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));

/** A name that another row has, in another case and with spaces around. */
async function takenName(world: World, table: string, id: number | undefined): Promise<string> {
  const name = String(await world.valueOf(table, 'name', id ?? 0));
  // Only ASCII, because the case of other letters is the database's business.
  return ` ${/^[ -~]*$/.test(name) ? swapCase(name) : name} `;
}

const WRONG_PASSWORD = 'wrong horse battery';

const skuTaken = fail(
  'state',
  409,
  'sku_taken',
)('taken sku', async (draft) => {
  const { world, store, item } = draft.scene;
  const other = store.items.find((id) => id !== item) ?? 0;
  // Items without one have none to be taken.
  const sku = (await world.valueOf('items', 'sku', other)) as string | null;
  setMember(draft, 'sku', sku ?? (await world.skuOfNewItem(store.id)));
});

const emailTaken = fail(
  'state',
  409,
  'email_taken',
)('taken e-mail address', (draft) => {
  setMember(draft, 'email', draft.scene.world.owner.email.toUpperCase());
});

const wrongPassword = fail('state', 403, 'wrong_password', { isAlone: true })('wrong password', (draft) => {
  setMember(draft, 'current_password', WRONG_PASSWORD);
});

const ownsStores = (ofCaller: boolean) =>
  fail(
    'state',
    409,
    'owns_stores',
  )('user with stores', async ({ scene }) => {
    const id = ofCaller ? scene.person?.id : scene.user.id;
    await scene.world.newStore(id ?? 0);
  });

const lastAdmin = (name: string) =>
  fail(
    'state',
    409,
    'last_admin',
  )('the last admin', (draft) => {
    draft.path.set(name, String(draft.scene.world.admin.id));
    if (draft.members) setMember(draft, 'role', 'user');
  });

const tagsNotFound = (deleted: boolean) =>
  fail(
    'existence',
    404,
    'tag_not_found',
  )('unknown tag in the body', (draft) => {
    const { world, store } = draft.scene;
    const unknown = deleted ? world.deleted.get('tag') : Number.MAX_SAFE_INTEGER;
    setMember(draft, 'tags', [store.tags[0], unknown]);
  });

const inState = (state: string, code: string) =>
  fail(
    'state',
    409,
    code,
  )(`an import that is ${state}`, async ({ path, scene: { world, store } }) => {
    path.set('id', String(await world.newImport(store.id, state)));
  });

const badCredentials = fail('state', 401, 'bad_credentials');
const storeMissing = fail('existence', 404, 'store_not_found');
const ofStranger = fail('owner', 403, 'forbidden');

/** What can be wrong with the state, by operation. */
export const STATE_MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'POST /register': [emailTaken],
  'POST /login': [
    badCredentials('wrong password', (draft) => {
      setMember(draft, 'password', WRONG_PASSWORD);
    }),
    badCredentials('unknown e-mail address', (draft) => {
      setMember(draft, 'email', `nobody-${draft.scene.world.next()}@example.com`);
    }),
  ],
  'POST /refresh': [
    fail(
      'state',
      401,
      'token_reused',
    )('reused refresh token', async ({ scene: { world, person } }) => {
      if (person) await world.outdateRefreshToken(person);
    }),
  ],
  'PATCH /me': [wrongPassword, emailTaken],
  'POST /me/deletion': [
    wrongPassword,
    ownsStores(true),
    fail('state', 409, 'last_admin', { isAlone: true })('the last admin', (draft) => {
      as(draft, 'admin');
    }),
  ],
  'DELETE /sessions/{id}': [
    fail(
      'existence',
      404,
      'session_not_found',
    )('session of somebody else', ({ scene, path }) => {
      const { world, person } = scene;
      path.set('id', (person === world.owner ? world.stranger : world.owner).sessionId);
    }),
  ],
  'PATCH /users/{id}': [lastAdmin('id')],
  'DELETE /users/{id}': [ownsStores(false), lastAdmin('id')],
  'DELETE /user/{user_id}': [ownsStores(false), lastAdmin('user_id')],
  'POST /stores': [
    fail(
      'state',
      409,
      'store_name_taken',
    )('taken name', async (draft) => {
      const { world, person } = draft.scene;
      const { id } = await world.newStore(person?.id ?? 0);
      setMember(draft, 'name', await takenName(world, 'stores', id));
    }),
  ],
  'PATCH /stores/{id}': [
    fail(
      'state',
      409,
      'store_name_taken',
    )('taken name', async (draft) => {
      const { world, store } = draft.scene;
      removeMember(draft, 'owner_id');
      setMember(draft, 'name', await takenName(world, 'stores', (await world.newStore(store.ownerId)).id));
    }),
    ofStranger('store given away by its owner', (draft) => {
      as(draft, 'owner');
      setMember(draft, 'owner_id', draft.scene.world.stranger.id);
    }),
    fail('existence', 404, 'user_not_found', { isAlone: true })('unknown new owner', (draft) => {
      as(draft, 'admin');
      setMember(draft, 'owner_id', draft.scene.world.deleted.get('user'));
    }),
  ],
  'POST /items': [
    skuTaken,
    storeMissing('deleted store in the body', (draft) => {
      setMember(draft, 'store_id', draft.scene.world.deleted.get('store'));
    }),
    storeMissing('unknown store in the body', (draft) => {
      setMember(draft, 'store_id', Number.MAX_SAFE_INTEGER);
    }),
    ofStranger('store of somebody else in the body', (draft) => {
      as(draft, 'owner');
      setMember(draft, 'store_id', draft.scene.world.foreignStore.id);
    }),
  ],
  'PUT /items/{id}': [skuTaken],
  'PATCH /items/{id}': [skuTaken],
  'POST /stores/{id}/tags': [
    fail(
      'state',
      409,
      'tag_name_taken',
    )('taken name', async (draft) => {
      const { world, store } = draft.scene;
      setMember(draft, 'name', await takenName(world, 'tags', store.tags[0]));
    }),
  ],
  'PATCH /tags/{id}': [
    fail(
      'state',
      409,
      'tag_name_taken',
    )('taken name', async (draft) => {
      const { world, store, tag } = draft.scene;
      setMember(
        draft,
        'name',
        await takenName(
          world,
          'tags',
          store.tags.find((id) => id !== tag),
        ),
      );
    }),
  ],
  'DELETE /tags/{id}': [
    fail(
      'state',
      409,
      'tag_in_use',
    )('linked tag', async ({ scene: { world, store, item, tag } }) => {
      await world.link(store.id, item, tag);
    }),
  ],
  'POST /items/{id}/tags': [
    tagsNotFound(true),
    tagsNotFound(false),
    fail('state', 400, 'tag_of_another_store', { places: ['/tags/1'] })('tag of another store', (draft) => {
      const { world, store } = draft.scene;
      setMember(draft, 'tags', [store.tags[0], world.foreignStore.tags[0]]);
    }),
    fail(
      'state',
      409,
      'too_many_tags',
    )('one tag too many', (draft) => {
      const { item, tag } = draft.scene.world.full;
      draft.path.set('id', String(item));
      setMember(draft, 'tags', [tag]);
    }),
  ],
  'POST /changes/{id}/undo': [
    fail(
      'state',
      409,
      'changed_since',
    )('a created item that has changed', async ({ scene: { world, change } }) => {
      await world.touchItemOf(change);
    }),
    fail(
      'state',
      409,
      'undo_not_possible',
    )('the creation of a store', async ({ path, scene: { world, store } }) => {
      path.set('id', String(await world.changeOf('store', store.id)));
    }),
  ],
  'POST /imports/{id}/apply': [inState('succeeded', 'not_previewed')],
  'POST /imports/{id}/undo': [inState('previewed', 'not_undoable')],
  'POST /imports/{id}/cancel': [inState('succeeded', 'already_finished')],
  'DELETE /items/{item_id}/tags/{tag_id}': [
    fail(
      'existence',
      404,
      'tag_not_found',
    )('tag that the item does not carry', ({ scene, path }) => {
      path.set('tag_id', String(scene.world.foreignStore.tags[0]));
    }),
  ],
};

/** Requests of those who may not make them. */
export function accessMutations(operation: Operation): Mutation[] {
  const access = accessOf(operation);
  if (access === 'owner') {
    return [
      ofStranger('somebody else', (draft) => {
        as(draft, 'stranger');
      }),
    ];
  }
  if (access === 'admin') {
    return [
      fail(
        'role',
        403,
        'forbidden',
      )('no admin', (draft) => {
        as(draft, 'owner');
      }),
    ];
  }
  if (!operation.path.startsWith('/user/')) return [];
  return [
    ['X-Forwarded-For', '203.0.113.7'],
    ['Origin', 'https://shop.example'],
    ['Sec-Fetch-Site', 'cross-site'],
  ].map(([name = '', value = '']) =>
    fail(
      'token',
      403,
      'forbidden',
    )('call from elsewhere', (draft) => {
      setHeader(draft, name, value);
    }),
  );
}

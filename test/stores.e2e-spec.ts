import { startApp, type TestApp } from './support/app';
import { expectProblem } from './support/expect-problem';
import { createAdmin, createStore, createUser, type TestUser, unique } from './support/factories';

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let admin: TestUser;

beforeAll(async () => {
  app = await startApp();
  [owner, stranger, admin] = await Promise.all([createUser(app), createUser(app), createAdmin(app)]);
});
afterAll(() => app.close());

describe('POST /stores', () => {
  it('makes a store of the caller', async () => {
    const name = unique('Shop');
    const answer = await owner.api.post('/stores', { name });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.any(Number) as number,
      name,
      owner_id: owner.id,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      updated_at: (answer.body as { created_at: string }).created_at,
    });
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe(`/stores/${(answer.body as { id: number }).id}`);
    expect((await app.api.get(location)).body).toEqual(answer.body);
  });

  it('needs a token', async () => {
    expectProblem(await app.api.post('/stores', { name: 'x' }), 401, 'unauthenticated');
  });

  it('refuses a name that the owner has, without regard to case', async () => {
    const { name } = await createStore(owner, unique('Straße'));
    expectProblem(
      await owner.api.post('/stores', { name: name.toLocaleUpperCase('de').replace('STRASSE', 'STRAßE') }),
      409,
      'store_name_taken',
    );
    expect((await stranger.api.post('/stores', { name })).status).toBe(201);
  });

  it('tells all that is wrong at once', async () => {
    const answer = await owner.api.post('/stores?x=1', { name: '', owner_id: 1, constructor: 2 });
    expectProblem(answer, 400, 'invalid_input', ['?x', '/name', '/owner_id', '/constructor']);
  });
});

describe('PATCH /stores/:id', () => {
  it('lets an admin give the store to another user', async () => {
    const store = await createStore(owner);
    expectProblem(await owner.api.patch(`/stores/${store.id}`, { owner_id: stranger.id }), 403, 'forbidden');
    const answer = await admin.api.patch(`/stores/${store.id}`, { owner_id: stranger.id });
    expect(answer.status).toBe(200);
    expect((await app.api.get(`/stores/${store.id}`)).body).toMatchObject({
      owner_id: stranger.id,
      name: store.name,
    });
    expectProblem(await owner.api.patch(`/stores/${store.id}`, { name: unique('x') }), 403, 'forbidden');
    expectProblem(await admin.api.patch(`/stores/${store.id}`, { owner_id: 999_999 }), 404, 'user_not_found');
  });
});

import { DataSource } from 'typeorm';
import { startApp, type TestApp } from './support/app';
import { testServer, withClient, withDatabase } from './support/database';
import { buildSchemaFromEntities, describeSchema } from './support/schema';
import { unique } from './support/factories';

/** The schema that the entities declare. */
let declared: string[];
let app: TestApp;

beforeAll(async () => {
  app = await startApp();
  const name = unique('emporium_test_drift').replaceAll('-', '_');
  const server = testServer();
  await withClient(server, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`),
  );
  const empty = withDatabase(server, name);
  await buildSchemaFromEntities(empty, app.app.get(DataSource).entityMetadatas);
  declared = await withClient(empty, describeSchema);
  await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
});
afterAll(() => app.close());

describe('migrations and entities', () => {
  it('make the same schema', async () => {
    expect(await withClient(app.connection, describeSchema)).toEqual(declared);
  });

  it.each([
    'ALTER TABLE items ALTER COLUMN price TYPE numeric(11,2)',
    'ALTER TABLE users ALTER COLUMN password_hash TYPE text COLLATE "C"',
    'ALTER TABLE items DROP COLUMN search, ADD COLUMN search text COLLATE "C" NOT NULL GENERATED ALWAYS AS (fold(name)) STORED',
    'ALTER TABLE items ALTER COLUMN sku SET NOT NULL',
    'ALTER TABLE items ALTER COLUMN created_at DROP DEFAULT',
    'ALTER TABLE items ADD COLUMN weight int',
    'ALTER TABLE items DROP CONSTRAINT items_price_check',
    'ALTER TABLE items DROP CONSTRAINT items_price_check, ADD CONSTRAINT items_price_check CHECK (price >= 0)',
    'ALTER TABLE item_tags ALTER CONSTRAINT item_tags_tag_fkey NOT DEFERRABLE',
    'ALTER TABLE items DROP CONSTRAINT items_store_id_fkey, ADD CONSTRAINT items_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (id)',
    'DROP INDEX tags_store_id_name_key',
    'DROP INDEX tags_store_id_name_key; CREATE UNIQUE INDEX tags_store_id_name_key ON tags (store_id, name)',
    'DROP INDEX users_email_key; CREATE INDEX users_email_key ON users (lower(email))',
    'CREATE INDEX items_name_idx ON items (lower(name))',
    'CREATE TABLE extra (id int)',
    'DROP TRIGGER record_update ON items',
  ])('are told apart after %s', async (change) => {
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query(change);
      expect(await describeSchema(client)).not.toEqual(declared);
    });
  });
});

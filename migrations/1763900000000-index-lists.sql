-- Every sort of a list alone and within its store or owner, ties by id.
CREATE INDEX items_name_id_idx ON items (lower(name), id);
CREATE INDEX items_price_id_idx ON items (price, id);
CREATE INDEX items_created_at_id_idx ON items (created_at, id);
CREATE INDEX items_updated_at_id_idx ON items (updated_at, id);
CREATE INDEX items_store_id_name_id_idx ON items (store_id, lower(name), id);
CREATE INDEX items_store_id_price_id_idx ON items (store_id, price, id);
CREATE INDEX items_store_id_created_at_id_idx ON items (store_id, created_at, id);
CREATE INDEX items_store_id_updated_at_id_idx ON items (store_id, updated_at, id);
CREATE INDEX stores_name_id_idx ON stores (lower(name), id);
CREATE INDEX stores_created_at_id_idx ON stores (created_at, id);
CREATE INDEX stores_owner_id_created_at_id_idx ON stores (owner_id, created_at, id);
CREATE INDEX tags_name_id_idx ON tags (lower(name), id);

-- Search. Trigrams serve words of three characters and more; of a text with each character tripled they serve shorter
-- ones too. What waits to be sorted into an index is read by every search, so little of it may wait.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER TABLE items ADD COLUMN search text COLLATE "und-x-icu" NOT NULL
  GENERATED ALWAYS AS (lower(((name || ' '::text) || COALESCE(sku, ''::text)))) STORED;
CREATE INDEX items_search_idx ON items USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX items_short_search_idx ON items
  USING gin (regexp_replace(search, '(.)', '\1\1\1', 'g') gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX stores_search_idx ON stores USING gin (lower(name) gin_trgm_ops);
CREATE INDEX tags_search_idx ON tags USING gin (lower(name) gin_trgm_ops);
CREATE INDEX users_search_idx ON users USING gin (lower(email) gin_trgm_ops);

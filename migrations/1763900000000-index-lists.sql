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

-- Search. Trigrams serve words with three Latin letters or digits in a row; any other word is found by its characters and
-- pairs of characters. What waits to be sorted into an index is read by every search, so little of it may wait.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER TABLE items ADD COLUMN search text COLLATE "und-x-icu" NOT NULL
  GENERATED ALWAYS AS (lower(((name || ' '::text) || COALESCE(sku, ''::text)))) STORED;
CREATE INDEX items_search_idx ON items USING gin (search gin_trgm_ops) WITH (gin_pending_list_limit = 256);
-- Dear, so that the planner asks the index instead of making them of each row.
CREATE FUNCTION characters_and_pairs(value text) RETURNS text[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS $$ BEGIN
  RETURN array_remove(
    string_to_array(value, NULL)
      || string_to_array(regexp_replace(value, '..', E'\\&\n', 'g'), E'\n')
      || string_to_array(regexp_replace(substr(value, 2), '..', E'\\&\n', 'g'), E'\n'),
    '');
END $$;
CREATE INDEX items_short_search_idx ON items
  USING gin (characters_and_pairs(search COLLATE "C")) WITH (gin_pending_list_limit = 256);
CREATE INDEX stores_search_idx ON stores USING gin (lower(name) gin_trgm_ops);
CREATE INDEX tags_search_idx ON tags USING gin (lower(name) gin_trgm_ops);
CREATE INDEX users_search_idx ON users USING gin (lower(email) gin_trgm_ops);

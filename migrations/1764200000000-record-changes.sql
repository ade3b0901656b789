-- The history of stores, items, tags and links: one row for each change, written by triggers in the transaction that
-- makes the change, so that no way to write can avoid it. See docs/adr/0024-history.md.
CREATE TABLE changes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- Ids are given before the commit, so a reader of all changes in the order of ids could miss one that is committed
  -- late. With the id of the transaction it can wait until no older transaction is open.
  transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  at timestamptz(3) NOT NULL DEFAULT now(),
  -- Without a foreign key, because the history of a store outlives the users who worked on it.
  actor_id bigint DEFAULT nullif(current_setting('emporium.actor_id', true), '')::bigint,
  request_id text DEFAULT nullif(current_setting('emporium.request_id', true), ''),
  import_id bigint DEFAULT nullif(current_setting('emporium.import_id', true), '')::bigint,
  store_id bigint NOT NULL,
  resource text NOT NULL,
  -- of a link: the id of its item
  resource_id bigint NOT NULL,
  action text NOT NULL,
  -- the members that differ, each with its old and its new value
  changes jsonb NOT NULL,
  CONSTRAINT changes_pkey PRIMARY KEY (id),
  CONSTRAINT changes_resource_check CHECK (resource IN ('store', 'item', 'tag', 'link')),
  CONSTRAINT changes_action_check CHECK (action IN ('create', 'update', 'delete', 'link', 'unlink'))
);
CREATE INDEX changes_store_id_id_idx ON changes (store_id, id);
CREATE INDEX changes_resource_id_id_idx ON changes (resource_id, id);
CREATE INDEX changes_import_id_id_idx ON changes (import_id, id) WHERE import_id IS NOT NULL;

-- A member of `changes` if it differs, else nothing. PostgreSQL inlines it.
CREATE FUNCTION changed_member(name text, before anycompatible, after anycompatible) RETURNS jsonb
  LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN before IS DISTINCT FROM after
  THEN jsonb_build_object(name, jsonb_build_array(before, after)) ELSE '{}' END $$;

-- A time as the API shows it.
CREATE FUNCTION rfc3339(value timestamptz) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN to_char(value AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- The triggers fire once for a statement, and see its rows as the tables old_rows and new_rows. FULL JOIN, because the
-- plan is made when a connection writes its first row and kept for statements of a million rows: it cannot be a nested
-- loop. What goes along with its store is not recorded, because the history of a store ends with it.

CREATE FUNCTION record_stores() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT id, 'store', id, 'create', jsonb_build_object(
      'name', jsonb_build_array(NULL, name), 'owner_id', jsonb_build_array(NULL, owner_id))
    FROM new_rows;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT n.id, 'store', n.id, 'update',
      changed_member('name', o.name, n.name) || changed_member('owner_id', o.owner_id, n.owner_id)
    FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
    WHERE (o.name, o.owner_id) IS DISTINCT FROM (n.name, n.owner_id);
  ELSE
    DELETE FROM changes WHERE store_id IN (SELECT id FROM old_rows);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION record_items() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT store_id, 'item', id, 'create', jsonb_build_object(
      'name', jsonb_build_array(NULL, name), 'price', jsonb_build_array(NULL, trim_scale(price)),
      'sku', jsonb_build_array(NULL, sku))
    FROM new_rows;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT n.store_id, 'item', n.id, 'update',
      changed_member('name', o.name, n.name)
      || changed_member('price', trim_scale(o.price), trim_scale(n.price))
      || changed_member('sku', o.sku, n.sku) || changed_member('store_id', o.store_id, n.store_id)
    FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
    WHERE (o.name, o.price, o.sku, o.store_id)
      IS DISTINCT FROM (n.name, n.price, n.sku, n.store_id);
  ELSE
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT o.store_id, 'item', o.id, 'delete', jsonb_build_object(
      'name', jsonb_build_array(o.name, NULL), 'price', jsonb_build_array(trim_scale(o.price), NULL),
      'sku', jsonb_build_array(o.sku, NULL), 'created_at', jsonb_build_array(rfc3339(o.created_at), NULL),
      'updated_at', jsonb_build_array(rfc3339(o.updated_at), NULL))
    FROM old_rows o WHERE EXISTS (SELECT FROM stores s WHERE s.id = o.store_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION record_tags() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT store_id, 'tag', id, 'create', jsonb_build_object('name', jsonb_build_array(NULL, name))
    FROM new_rows;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT n.store_id, 'tag', n.id, 'update',
      changed_member('name', o.name, n.name) || changed_member('store_id', o.store_id, n.store_id)
    FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
    WHERE (o.name, o.store_id) IS DISTINCT FROM (n.name, n.store_id);
  ELSE
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT o.store_id, 'tag', o.id, 'delete', jsonb_build_object(
      'name', jsonb_build_array(o.name, NULL), 'created_at', jsonb_build_array(rfc3339(o.created_at), NULL),
      'updated_at', jsonb_build_array(rfc3339(o.updated_at), NULL))
    FROM old_rows o WHERE EXISTS (SELECT FROM stores s WHERE s.id = o.store_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION record_item_tags() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT o.store_id, 'link', o.item_id, 'unlink', jsonb_build_object(
      'tag_id', jsonb_build_array(o.tag_id, NULL), 'tag_name', jsonb_build_array(t.name, NULL))
    FROM old_rows o LEFT JOIN tags t ON t.id = o.tag_id
    WHERE EXISTS (SELECT FROM stores s WHERE s.id = o.store_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO changes (store_id, resource, resource_id, action, changes)
    SELECT n.store_id, 'link', n.item_id, 'link', jsonb_build_object(
      'tag_id', jsonb_build_array(NULL, n.tag_id), 'tag_name', jsonb_build_array(NULL, t.name))
    FROM new_rows n LEFT JOIN tags t ON t.id = n.tag_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER record_insert AFTER INSERT ON stores REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_stores();
CREATE TRIGGER record_update AFTER UPDATE ON stores REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_stores();
CREATE TRIGGER record_delete AFTER DELETE ON stores REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_stores();
CREATE TRIGGER record_insert AFTER INSERT ON items REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_items();
CREATE TRIGGER record_update AFTER UPDATE ON items REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_items();
CREATE TRIGGER record_delete AFTER DELETE ON items REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_items();
CREATE TRIGGER record_insert AFTER INSERT ON tags REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_tags();
CREATE TRIGGER record_update AFTER UPDATE ON tags REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_tags();
CREATE TRIGGER record_delete AFTER DELETE ON tags REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_tags();
CREATE TRIGGER record_insert AFTER INSERT ON item_tags REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_item_tags();
CREATE TRIGGER record_delete AFTER DELETE ON item_tags REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_item_tags();
CREATE TRIGGER record_update AFTER UPDATE ON item_tags REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_item_tags();

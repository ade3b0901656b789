-- Names sort and compare under one collation on every server; timestamps keep the milliseconds that clients see.

CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY,
  email text COLLATE "und-x-icu" NOT NULL,
  password_hash text NOT NULL,
  role text NOT NULL DEFAULT 'user',
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_check CHECK (char_length(email) BETWEEN 1 AND 254),
  CONSTRAINT users_role_check CHECK (role IN ('user', 'admin'))
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  user_id bigint NOT NULL,
  user_agent text,
  ip text NOT NULL,
  refresh_id uuid NOT NULL DEFAULT gen_random_uuid(),
  previous_refresh_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at timestamptz(3) NOT NULL DEFAULT now(),
  refreshed_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE stores (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "und-x-icu" NOT NULL,
  owner_id bigint NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT stores_pkey PRIMARY KEY (id),
  CONSTRAINT stores_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT stores_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX stores_owner_id_name_key ON stores (owner_id, lower(name));
CREATE INDEX stores_owner_id_id_idx ON stores (owner_id, id);

CREATE TABLE items (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "und-x-icu" NOT NULL,
  price numeric(10,2) NOT NULL,
  sku text,
  store_id bigint NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT items_pkey PRIMARY KEY (id),
  CONSTRAINT items_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  -- numeric also has NaN, which is greater than any number.
  CONSTRAINT items_price_check CHECK (price BETWEEN 0 AND 99999999.99),
  CONSTRAINT items_sku_check CHECK (char_length(sku) BETWEEN 1 AND 64),
  CONSTRAINT items_store_id_id_key UNIQUE (store_id, id),
  CONSTRAINT items_store_id_sku_key UNIQUE (store_id, sku),
  CONSTRAINT items_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (id) ON DELETE CASCADE
);
CREATE INDEX items_sku_id_idx ON items (sku, id);

CREATE TABLE tags (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "und-x-icu" NOT NULL,
  store_id bigint NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT tags_pkey PRIMARY KEY (id),
  CONSTRAINT tags_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT tags_store_id_id_key UNIQUE (store_id, id),
  CONSTRAINT tags_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX tags_store_id_name_key ON tags (store_id, lower(name));

-- A link joins an item and a tag of one store, so both keys carry it. A linked tag cannot go; the check waits for the
-- end of the transaction, because the deletion of a store may reach its tags before it reaches the links.
CREATE TABLE item_tags (
  item_id bigint NOT NULL,
  tag_id bigint NOT NULL,
  store_id bigint NOT NULL,
  CONSTRAINT item_tags_pkey PRIMARY KEY (item_id, tag_id),
  CONSTRAINT item_tags_item_fkey FOREIGN KEY (item_id, store_id) REFERENCES items (id, store_id) ON DELETE CASCADE,
  CONSTRAINT item_tags_tag_fkey FOREIGN KEY (tag_id, store_id) REFERENCES tags (id, store_id)
    DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX item_tags_tag_id_item_id_idx ON item_tags (tag_id, item_id);

-- The first response to each Idempotency-Key of a user, which is sent again to every retry.
CREATE TABLE idempotency_keys (
  user_id bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  -- of the method, the path and the body
  fingerprint text NOT NULL,
  status smallint NOT NULL,
  location text,
  etag text,
  body text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, key),
  CONSTRAINT idempotency_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

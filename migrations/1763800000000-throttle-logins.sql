-- What is counted against guessing, by every instance together.
CREATE TABLE throttles (
  key text NOT NULL,
  count integer NOT NULL,
  resets_at timestamptz(3) NOT NULL,
  CONSTRAINT throttles_pkey PRIMARY KEY (key)
);
CREATE INDEX throttles_resets_at_idx ON throttles (resets_at);

-- Where an account has had sessions from: these addresses get in while others are throttled.
CREATE TABLE login_addresses (
  user_id bigint NOT NULL,
  address text NOT NULL,
  last_used_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT login_addresses_pkey PRIMARY KEY (user_id, address),
  CONSTRAINT login_addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX login_addresses_last_used_at_idx ON login_addresses (last_used_at);

-- The sorts and the filter of the list of users.
CREATE INDEX users_created_at_id_idx ON users (created_at, id);
CREATE INDEX users_role_id_idx ON users (role, id);

-- What is done after a request was answered, by any instance. A job is deleted in the transaction that does it.
CREATE TABLE jobs (
  id bigint GENERATED ALWAYS AS IDENTITY,
  kind text NOT NULL,
  -- jobs with the same queue run one after another
  queue text NOT NULL,
  -- what it is about
  subject_id bigint NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  run_after timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT jobs_pkey PRIMARY KEY (id)
);
CREATE INDEX jobs_queue_id_idx ON jobs (queue, id);
CREATE INDEX jobs_run_after_idx ON jobs (run_after);

CREATE TABLE imports (
  id bigint GENERATED ALWAYS AS IDENTITY,
  store_id bigint NOT NULL,
  actor_id bigint NOT NULL,
  request_id text NOT NULL,
  state text NOT NULL DEFAULT 'receiving',
  on_error text NOT NULL,
  on_existing text NOT NULL,
  dry_run boolean NOT NULL,
  -- whether the file has the column: items keep their tags if it has not
  has_tags boolean NOT NULL DEFAULT false,
  rows bigint NOT NULL DEFAULT 0,
  processed bigint NOT NULL DEFAULT 0,
  inserted bigint NOT NULL DEFAULT 0,
  updated bigint NOT NULL DEFAULT 0,
  unchanged bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  -- of the header of the file, for the CSV of the failed rows
  header text[],
  -- the transaction that wrote its items, whose changes the history has
  transaction_id bigint,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  finished_at timestamptz(3),
  CONSTRAINT imports_pkey PRIMARY KEY (id),
  CONSTRAINT imports_state_check CHECK (state IN
    ('receiving', 'queued', 'previewed', 'succeeded', 'failed', 'cancelled', 'undone')),
  CONSTRAINT imports_on_error_check CHECK (on_error IN ('abort', 'skip')),
  CONSTRAINT imports_on_existing_check CHECK (on_existing IN ('update', 'skip', 'fail')),
  CONSTRAINT imports_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores (id) ON DELETE CASCADE
);
CREATE INDEX imports_store_id_id_idx ON imports (store_id, id);

-- How far an import is that is being received or run. Another transaction than that of the import writes it.
CREATE TABLE import_progress (
  import_id bigint NOT NULL,
  rows bigint NOT NULL DEFAULT 0,
  processed bigint NOT NULL DEFAULT 0,
  is_cancelled boolean NOT NULL DEFAULT false,
  seen_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT import_progress_pkey PRIMARY KEY (import_id),
  CONSTRAINT import_progress_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
);

-- The rows of the file until the import is finished. No foreign key, because it would be checked for each of them.
CREATE TABLE import_rows (
  import_id bigint NOT NULL,
  line bigint NOT NULL,
  name text,
  price numeric(10,2),
  sku text,
  tags text[],
  -- what is wrong with it: [{"pointer", "message"}]
  faults jsonb,
  -- a bad row as it came
  fields text[],
  CONSTRAINT import_rows_pkey PRIMARY KEY (import_id, line)
);

CREATE TABLE import_errors (
  id bigint GENERATED ALWAYS AS IDENTITY,
  import_id bigint NOT NULL,
  line bigint NOT NULL,
  pointer text NOT NULL,
  message text NOT NULL,
  CONSTRAINT import_errors_pkey PRIMARY KEY (id),
  CONSTRAINT import_errors_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
);
CREATE INDEX import_errors_import_id_id_idx ON import_errors (import_id, id);

-- The preview of an import: what it will do with each row.
CREATE TABLE import_changes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  import_id bigint NOT NULL,
  line bigint NOT NULL,
  action text NOT NULL,
  item_id bigint,
  -- of the item that the preview was made of
  version text,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  CONSTRAINT import_changes_pkey PRIMARY KEY (id),
  CONSTRAINT import_changes_action_check CHECK (action IN ('insert', 'update', 'none'))
);
CREATE INDEX import_changes_import_id_id_idx ON import_changes (import_id, id);

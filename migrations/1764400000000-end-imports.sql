-- Whoever makes an import makes this row, and whoever ends it deletes it: others only change it.
INSERT INTO import_progress (import_id)
  SELECT id FROM imports WHERE state IN ('receiving', 'queued', 'previewed') ON CONFLICT DO NOTHING;
DELETE FROM import_progress p USING imports i
  WHERE i.id = p.import_id AND i.state NOT IN ('receiving', 'queued', 'previewed');
-- when whoever runs it said so last; NULL while nobody does
ALTER TABLE import_progress ADD COLUMN running_at timestamptz(3);

-- what the clean-up has not removed yet: all, the bad rows and their errors, or nothing
ALTER TABLE imports ADD COLUMN leftovers text NOT NULL DEFAULT 'all';
ALTER TABLE imports ADD CONSTRAINT imports_leftovers_check CHECK (leftovers IN ('all', 'errors', 'none'));
CREATE INDEX imports_leftovers_id_idx ON imports (leftovers, id) WHERE leftovers <> 'none';

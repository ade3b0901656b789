-- An edit of many items is an import without a file: it has the same states, and the same preview, apply and undo.
ALTER TABLE imports
  -- its filter and its change, as they were sent; null for a file
  ADD COLUMN edit jsonb,
  ADD COLUMN deleted bigint NOT NULL DEFAULT 0;

ALTER TABLE import_changes
  DROP CONSTRAINT import_changes_action_check,
  ADD CONSTRAINT import_changes_action_check CHECK (action IN ('insert', 'update', 'delete', 'none'));

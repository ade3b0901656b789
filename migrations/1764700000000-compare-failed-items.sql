-- A preview of an edit has the items, too, for which the change is not possible: it is outdated when these are others.
ALTER TABLE import_changes
  DROP CONSTRAINT import_changes_action_check,
  ADD CONSTRAINT import_changes_action_check CHECK (action IN ('insert', 'update', 'delete', 'none', 'failed'));

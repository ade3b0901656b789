-- One change stands for all that an import or its undo has made, so that a history can be read past a million of them: the
-- last one, because it is known when the import ends.
ALTER TABLE changes ADD COLUMN is_last_of_import boolean NOT NULL DEFAULT false;
UPDATE changes SET is_last_of_import = true WHERE id IN (
  SELECT max(id) FROM changes WHERE import_id IS NOT NULL GROUP BY import_id, transaction_id);

-- Of an import it has one entry, so imports write no slower.
CREATE INDEX changes_collapsed_store_id_id_idx ON changes (store_id, id) WHERE import_id IS NULL OR is_last_of_import;

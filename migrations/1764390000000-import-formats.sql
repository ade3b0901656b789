-- How a CSV file is written, for the CSV of its failed rows: {"columns", "decimal", "tagDelimiter"}.
ALTER TABLE imports ADD COLUMN format jsonb;

import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type Database } from '../database/database';
import { type Narrowing } from '../reads/list/narrowing';
import { type ExportQueryDto } from './dto/export-query.dto';

type Options = Pick<ExportQueryDto, 'format' | 'formulas'>;

/** How the items are written. The names of an item's tags are joined in the order in which the item shows them. */
interface Format {
  /** SQL of the form of a tag's name */
  tag: string;
  separator: string;
  /** @param tags SQL of the joined names; NULL without tags */
  columns: (tags: string) => string;
  /** options of COPY */
  options: string;
}

/** A backslash stands before each `|` and each backslash of a name. */
const CSV_TAG = String.raw`regexp_replace(t.name, E'([|\\\\])', E'\\\\\\1', 'g')`;

/** SQL of a field that a spreadsheet does not run. */
const withoutFormula = (field: string) =>
  String.raw`CASE WHEN left(${field}, 1) IN ('=', '+', '-', '@', E'\t', E'\r') THEN '''' || ${field} ELSE ${field} END`;

/** @param text SQL of a field that is text */
function csv(text: (field: string) => string): Format {
  return {
    tag: CSV_TAG,
    separator: '|',
    columns: (tags) => `${text('i.name')} AS name, i.price, ${text('i.sku')} AS sku, ${text(tags)} AS tags`,
    options: 'FORMAT csv, HEADER true',
  };
}

/** With control characters as quote and delimiter, which JSON never has, COPY writes each line as it is. */
const NDJSON: Format = {
  tag: 'to_json(t.name)::text',
  separator: ',',
  columns: (tags) =>
    `'{"name":' || to_json(i.name) || ',"price":' || i.price || ',"sku":' || coalesce(to_json(i.sku)::text, 'null')
       || ',"tags":[' || coalesce(${tags}, '') || ']}'`,
  options: String.raw`FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02'`,
};

/** The SQL of exports. */
@Injectable()
export class ExportsRepository {
  /** All items of a narrowed list, in the order of their ids. @param storeId their store */
  async stream(
    database: Pick<Database, 'copyOut'>,
    narrowing: Narrowing,
    { storeId, signal, ...options }: Options & { storeId: number; signal: AbortSignal },
  ): Promise<Readable> {
    const { tag, separator, columns, options: copyOptions } = formatOf(options);
    const store = narrowing.value(storeId);
    // The tags of the store are sorted and written once, because those of each item would take most of the time.
    const text = `COPY (
      SELECT ${columns(`string_agg(t.name, '${separator}' ORDER BY t.place)`)}
      FROM items i LEFT JOIN item_tags l ON l.item_id = i.id LEFT JOIN (
        SELECT t.id, ${tag} AS name, row_number() OVER (ORDER BY lower(t.name), t.id) AS place
        FROM tags t WHERE t.store_id = ${store}
      ) AS t ON t.id = l.tag_id
      WHERE ${narrowing.all.join(' AND ')} GROUP BY i.id ORDER BY i.id
    ) TO STDOUT (${copyOptions}, ENCODING 'UTF8')`;
    return database.copyOut(narrowing.values.inlined(text), signal);
  }
}

function formatOf({ format, formulas }: Options): Format {
  if (format === 'ndjson') return NDJSON;
  return csv(formulas === 'escape' ? withoutFormula : (field) => field);
}

import { OneOf, Optional, Rule, Switch } from '../../common/input/rules';
import { ApiProperty } from '@nestjs/swagger';
import { ENCODINGS, type Encoding } from '../file/decode';
import { ON_ERROR, ON_EXISTING } from '../import.entity';

export const DELIMITERS = [',', ';', 'tab', '|'] as const;
/** A name can have line breaks, as the cells of a spreadsheet can. */
// eslint-disable-next-line no-control-regex -- clients in languages that do not know \0 compile the documented pattern
const MAPPED = /^(name|price|sku|tags):([^\x00]{1,200})$/u;
const MAPPING_RULE = 'must be one of name, price, sku and tags, a colon, and the name of a column, each once';

/** How a CSV file is written if the query does not say it. */
export const CSV_DEFAULTS = { delimiter: ',', decimal: '.', tagDelimiter: '|', emptyName: 'fail' } as const;

/** Parameters for CSV have no values by default, so that those which are given with NDJSON can be refused. */
export class CreateImportQueryDto {
  /**
   * `abort`: with any bad row nothing is written; `skip`: all others are written
   * @example abort
   */
  @OneOf(...ON_ERROR)
  onError: (typeof ON_ERROR)[number] = 'abort';

  /**
   * what is done with a row whose `sku` an item of the store has: its item is updated, it is skipped, or it is an error
   * @example update
   */
  @OneOf(...ON_EXISTING)
  onExisting: (typeof ON_EXISTING)[number] = 'update';

  /**
   * `true` writes nothing, and makes a preview that can be applied
   * @example false
   */
  @Switch()
  dryRun: boolean = false;

  /**
   * what is between the fields of a CSV file
   * @example ,
   */
  @Optional()
  @ApiProperty({ default: CSV_DEFAULTS.delimiter })
  @OneOf(...DELIMITERS)
  delimiter?: (typeof DELIMITERS)[number];

  /**
   * the decimal sign of the prices of a CSV file
   * @example .
   */
  @Optional()
  @ApiProperty({ default: CSV_DEFAULTS.decimal })
  @OneOf('.', ',')
  decimal?: '.' | ',';

  /**
   * what is between the names of tags in a CSV file; only with `|` a backslash escapes
   * @example |
   */
  @Optional()
  @ApiProperty({ default: CSV_DEFAULTS.tagDelimiter })
  @OneOf('|', ',', ';')
  tagDelimiter?: '|' | ',' | ';';

  /**
   * what a row of a CSV file without a name is: an error (`fail`), or more of the product in the row above, whose name it
   * gets, and whose tags if it has none (`previous`); if it has no price and no sku either, it is left out then
   * @example fail
   */
  @Optional()
  @ApiProperty({ default: CSV_DEFAULTS.emptyName })
  @OneOf('fail', 'previous')
  emptyName?: 'fail' | 'previous';

  /**
   * of a CSV file; bytes that it does not have are refused; by default the `charset` of `Content-Type`, or else `utf-8`, which
   * NDJSON always is
   */
  @Optional()
  @OneOf(...ENCODINGS)
  encoding?: Encoding;

  /**
   * our column and its name in the CSV file, such as `price:Variant Price`; with it, other columns are ignored
   */
  @Optional()
  @ApiProperty({ type: 'array', maxItems: 4, items: { type: 'string', pattern: MAPPED.source } })
  @Rule(
    (values) => (isMapping(values as unknown[]) ? undefined : MAPPING_RULE),
    (value) => (value === undefined ? undefined : [value].flat()),
  )
  map?: string[];
}

function isMapping(values: readonly unknown[]): boolean {
  const columns = values.map((value) => (typeof value === 'string' ? MAPPED.exec(value)?.[1] : undefined));
  return !columns.includes(undefined) && new Set(columns).size === columns.length;
}

/** The names of the columns in the file, by our own names. */
export function columnsOf(map: readonly string[] | undefined): ReadonlyMap<string, string> | undefined {
  return (
    map && new Map(map.map((each) => [each.slice(0, each.indexOf(':')), each.slice(each.indexOf(':') + 1)]))
  );
}

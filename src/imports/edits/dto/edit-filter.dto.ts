import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Ids, Names, OneOf, Optional, Rule, Text, Words } from '../../../common/input/rules';
import { ITEM_RULES, MAX_PRICE, MAX_SKU_LENGTH } from '../../../items/items.rules';

/** As many as a query may repeat. */
const MAX_TAGS_SOUGHT = 20;

const MAX_IDS = 1000;

const Price = () =>
  applyDecorators(
    ApiProperty({ minimum: 0, maximum: MAX_PRICE }),
    Rule(ITEM_RULES.price.fault, ITEM_RULES.price.normalize),
  );

/** The filters of GET /stores/{id}/items, and `ids`. Without any of them, all items of the store are meant. */
export class EditFilterDto {
  /** only the items with these ids, for a selection of a person */
  @Optional()
  @Ids(1, MAX_IDS)
  ids?: number[];

  /** only items with each of these words in name or SKU */
  @Optional()
  @Words()
  q?: string;

  /** only the item with exactly this SKU */
  @Optional()
  @Text(1, MAX_SKU_LENGTH)
  sku?: string;

  /** only items that cost this or more */
  @Optional()
  @Price()
  minPrice?: number;

  /** only items that cost this or less */
  @Optional()
  @Price()
  maxPrice?: number;

  /** only items that carry these tags, by id; see `tag_match` */
  @Optional()
  @Ids(1, MAX_TAGS_SOUGHT)
  tagId?: number[];

  /** only items that carry tags of these names, in any case; see `tag_match` */
  @Optional()
  @Names(1, MAX_TAGS_SOUGHT)
  tag?: string[];

  /** only items that carry no tag of these names, in any case */
  @Optional()
  @Names(1, MAX_TAGS_SOUGHT)
  withoutTag?: string[];

  /** whether items must carry all tags asked for, or any one of them */
  @OneOf('all', 'any')
  tagMatch: 'all' | 'any' = 'all';
}

import { ApiProperty } from '@nestjs/swagger';
import { Names, Nested, NeedsOneOf, Optional, Rule } from '../../../common/input/rules';
import { MAX_TAGS } from '../../../items/items.rules';
import { PriceChangeDto } from './price-change.dto';

/** What happens to each item. */
@NeedsOneOf('price', 'addTags', 'removeTags', 'delete')
export class EditChangeDto {
  @Optional()
  @Nested(PriceChangeDto)
  price?: PriceChangeDto;

  /** names of tags that the items get; the store gets those that it does not have */
  @Optional()
  @Names(1, MAX_TAGS)
  addTags?: string[];

  /** names of tags that the items lose, before they get others */
  @Optional()
  @Names(1, MAX_TAGS)
  removeTags?: string[];

  /** the items are deleted; nothing else can stand beside it */
  @Optional()
  @ApiProperty({ type: 'boolean', enum: [true] })
  @Rule((value, dto) => {
    const { price, addTags, removeTags } = dto as EditChangeDto;
    if (value !== true) return 'must be true';
    return (price ?? addTags ?? removeTags) ? 'must stand alone' : undefined;
  })
  delete?: true;
}

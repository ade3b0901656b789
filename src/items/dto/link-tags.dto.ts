import { Ids } from '../../common/input/rules';

export class LinkTagsDto {
  /**
   * ids of tags of the item's store; one given twice counts once
   * @example [1]
   */
  @Ids(1, 100)
  tags!: number[];
}

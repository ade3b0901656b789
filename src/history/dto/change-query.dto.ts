import { OneOf, Optional, QueryId, QueryTime } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { ACTIONS, RESOURCES } from '../change.entity';

export class ChangeQueryDto extends PageQueryDto {
  /**
   * only changes of this kind of resource
   */
  @Optional()
  @OneOf(...RESOURCES)
  resource?: (typeof RESOURCES)[number];

  /**
   * only changes of the resource with this id; of links, the id of the item
   */
  @Optional()
  @QueryId()
  resourceId?: number;

  /**
   * only changes that this user made
   */
  @Optional()
  @QueryId()
  actorId?: number;

  /**
   * only changes of this kind
   */
  @Optional()
  @OneOf(...ACTIONS)
  action?: (typeof ACTIONS)[number];

  /**
   * only changes that this import made
   */
  @Optional()
  @QueryId()
  importId?: number;

  /**
   * only changes at this time or later, such as `2026-01-31T09:00:00Z`
   */
  @Optional()
  @QueryTime()
  since?: Date;

  /**
   * only changes before this time, such as `2026-02-01T09:00:00Z`
   */
  @Optional()
  @QueryTime()
  until?: Date;

  /**
   * `id` begins with the oldest change, `-id` with the latest
   * @example -id
   */
  @OneOf('id', '-id')
  override sort: string = '-id';
}

const OF_IMPORTS = ['none', 'last'] as const;

export class StoreChangeQueryDto extends ChangeQueryDto {
  /**
   * `none` leaves out the changes that imports made; `last` has only the last one of each import and of each undo of an
   * import, which stands for all of them, so `resource` and `action` do not apply to it. Edits of many items are imports, too.
   */
  @Optional()
  @OneOf(...OF_IMPORTS)
  ofImports?: (typeof OF_IMPORTS)[number];
}

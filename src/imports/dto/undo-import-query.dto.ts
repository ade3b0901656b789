import { OneOf } from '../../common/input/rules';

export class UndoImportQueryDto {
  /**
   * `abort`: if an item has changed since, nothing is undone; `skip`: all others are
   * @example abort
   */
  @OneOf('abort', 'skip')
  onConflict: 'abort' | 'skip' = 'abort';
}

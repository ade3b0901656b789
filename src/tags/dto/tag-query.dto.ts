import { PageQueryDto } from '../../common/paging/page-query.dto';

export class TagQueryDto extends PageQueryDto {}

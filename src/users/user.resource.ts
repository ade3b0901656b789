import { type List } from '../common/paging/list-statement';
import { integer, RowShape, text, time } from '../common/row-shape';
import { type UserDto } from './dto/user.dto';

export const USERS: List<UserDto> = {
  name: 'users',
  shape: new RowShape<UserDto>({
    id: integer('u.id'),
    email: text('u.email'),
    role: text('u.role'),
    createdAt: time('u.created_at'),
  }),
  from: 'users u',
  alias: 'u',
  sorts: {
    email: { column: 'lower(u.email)', key: 'lower($key COLLATE "und-x-icu")', member: 'email' },
    created_at: { column: 'u.created_at', key: '$key::timestamptz', member: 'createdAt' },
  },
};

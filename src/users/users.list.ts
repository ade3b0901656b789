import { type FiltersOf, type List } from '../reads/list/list';
import { wordFilters } from '../reads/list/search';
import { byText, byTime } from '../reads/list/sorts';
import { integer, RowShape, text, time } from '../reads/row-shape';
import { type UserQueryDto } from './dto/user-query.dto';
import { type UserDto } from './dto/user.dto';

export const USERS: List<UserDto, FiltersOf<UserQueryDto>> = {
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
    email: byText('u.email', 'email'),
    created_at: byTime('u.created_at', 'createdAt'),
  },
  filters: {
    role: (list, role) => {
      list.filter({ check: `u.role = ${list.value(role)}` });
    },
    q: (list, words) => {
      list.filter(...wordFilters(words, 'u.search', { hasShort: false }, list.value));
    },
  },
};

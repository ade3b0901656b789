import { type List } from '../reads/list/list';
import { byText, byTime } from '../reads/list/sorts';
import { integer, RowShape, text, time } from '../reads/row-shape';
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
    email: byText('u.email', 'email'),
    created_at: byTime('u.created_at', 'createdAt'),
  },
};

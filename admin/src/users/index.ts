import PeopleIcon from '@mui/icons-material/People';
import { UserEdit } from './user-edit';
import { UserList } from './user-list';

export const users = { icon: PeopleIcon, list: UserList, edit: UserEdit, recordRepresentation: 'email' };

import { ListGuesser } from 'react-admin';

export const users = { list: ListGuesser };

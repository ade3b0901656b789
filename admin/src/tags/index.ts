import { ListGuesser } from 'react-admin';

export const tags = { list: ListGuesser };

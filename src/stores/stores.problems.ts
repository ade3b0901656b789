import { problemType } from '../common/problems/problem';

export const STORE_NOT_FOUND = problemType(404, 'store_not_found', 'There is no such store.');
export const STORE_NAME_TAKEN = problemType(409, 'store_name_taken', 'The owner has a store of this name.');

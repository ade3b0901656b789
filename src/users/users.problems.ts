import { problemType } from '../common/problems/problem';

export const USER_NOT_FOUND = problemType(404, 'user_not_found', 'There is no such user.');
export const EMAIL_TAKEN = problemType(409, 'email_taken', 'There is an account with this e-mail address.');
export const OWNS_STORES = problemType(409, 'owns_stores', 'The user still owns stores.');
export const LAST_ADMIN = problemType(409, 'last_admin', 'The last admin must stay.');

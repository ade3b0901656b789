import { problemType } from '../common/problems/problem';

export const BAD_CREDENTIALS = problemType(
  401,
  'bad_credentials',
  'The e-mail address or the password is wrong.',
);
export const TOKEN_REUSED = problemType(
  401,
  'token_reused',
  'The refresh token had been used before; its session has been ended.',
);
export const WRONG_PASSWORD = problemType(403, 'wrong_password', 'The current password is wrong.');
export const SESSION_NOT_FOUND = problemType(404, 'session_not_found', 'You have no such session.');

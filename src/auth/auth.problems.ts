import { problemType, type ProblemType } from '../common/problems/problem';
import { INVALID_TOKEN } from '../common/problems/unauthenticated';

export const BAD_CREDENTIALS = problemType(
  401,
  'bad_credentials',
  'The e-mail address or the password is wrong.',
);
export const TOKEN_REUSED: ProblemType = {
  status: 401,
  code: 'token_reused',
  detail: 'The refresh token had been used before; its session has been ended.',
  headers: INVALID_TOKEN,
};
export const REGISTRATION_CLOSED = problemType(
  403,
  'registration_closed',
  'Registration is closed; ask an admin to create the account.',
);
export const WRONG_PASSWORD = problemType(403, 'wrong_password', 'The current password is wrong.');
export const SESSION_NOT_FOUND = problemType(404, 'session_not_found', 'You have no such session.');
export const NO_ISSUER_URL = problemType(
  404,
  'no_issuer_url',
  'The issuer of the tokens is not a URL, so nothing about it can be published.',
);

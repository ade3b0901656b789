import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Rule } from '../../common/input/rules';
import { textLength } from '../../common/input/text';
import { normalizePassword, passwordFault } from '../../common/input/password';

/** A password that is being chosen; held against the member `email` beside it too. */
export function NewPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'password', minLength: 8, maxLength: 128 }),
    Rule((value, dto) => {
      const { email } = dto as { email?: unknown };
      return passwordFault(value, typeof email === 'string' ? email : undefined);
    }, normalizeIfText),
  );
}

/** Far above every password there is, so that nobody can have a megabyte hashed. */
const LONGEST_GIVEN = 1024;

/** A password that is being checked. Whether it could be one is not told. */
export function GivenPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'password' }),
    Rule((value) => {
      if (typeof value !== 'string') return 'must be text';
      if (!value.isWellFormed()) return 'must be well-formed Unicode';
      return textLength(value) > LONGEST_GIVEN ? `must have at most ${LONGEST_GIVEN} characters` : undefined;
    }, normalizeIfText),
  );
}

const normalizeIfText = (value: unknown) => (typeof value === 'string' ? normalizePassword(value) : value);

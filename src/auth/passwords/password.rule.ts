import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ifText, Rule } from '../../common/input/rules';
import { textLength } from '../../common/input/text';
import { normalizePassword, passwordFault } from '../../common/input/password';

/** A password that is being chosen. It is compared with the member `email` of the same body, too. */
export function NewPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'password', minLength: 8, maxLength: 128 }),
    Rule((value, dto) => {
      const { email } = dto as { email?: unknown };
      return passwordFault(value, typeof email === 'string' ? email : undefined);
    }, ifText(normalizePassword)),
  );
}

/** Far above the length of every stored password, so that nobody can have a megabyte hashed. */
const LONGEST_GIVEN = 1024;

/** A password that is being checked. Its answer does not tell whether it obeys the rules for new ones. */
export function GivenPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'password' }),
    Rule((value) => {
      if (typeof value !== 'string') return 'must be text';
      if (!value.isWellFormed()) return 'must be well-formed Unicode';
      return textLength(value) > LONGEST_GIVEN ? `must have at most ${LONGEST_GIVEN} characters` : undefined;
    }, ifText(normalizePassword)),
  );
}

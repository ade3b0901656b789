import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ifText, Rule } from '../../common/input/rules';
import { textLength } from '../../common/input/text';
import { normalizePassword, passwordFault } from '../../common/input/password';

/** A new password. It must differ from the member `email` of the same body. */
export function NewPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'password', minLength: 8, maxLength: 128 }),
    Rule((value, dto) => {
      const { email } = dto as { email?: unknown };
      return passwordFault(value, typeof email === 'string' ? email : undefined);
    }, ifText(normalizePassword)),
  );
}

/** Longer than every stored password. It keeps clients from making the server hash a megabyte. */
const MAX_GIVEN_LENGTH = 1024;

/** A password to check. The rules for new passwords do not apply, so the answer does not depend on them. */
export function GivenPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'password', maxLength: MAX_GIVEN_LENGTH }),
    Rule((value) => {
      if (typeof value !== 'string') return 'must be text';
      if (!value.isWellFormed()) return 'must be well-formed Unicode';
      return textLength(value) > MAX_GIVEN_LENGTH
        ? `must have at most ${MAX_GIVEN_LENGTH} characters`
        : undefined;
    }, ifText(normalizePassword)),
  );
}

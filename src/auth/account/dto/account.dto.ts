import { EmailAddress, NeedsOneOf, Optional } from '../../../common/input/rules';
import { GivenPassword, NewPassword } from '../../passwords/password.rule';

/** A change of the caller's own account. */
@NeedsOneOf('email', 'password')
export class UpdateAccountDto {
  /** @example 'correct horse battery' */
  @GivenPassword()
  currentPassword!: string;

  /** @example ada@example.com */
  @Optional()
  @EmailAddress()
  email?: string;

  /** the new password; it ends every other session */
  @Optional()
  @NewPassword()
  password?: string;
}

/** The deletion of the caller's own account. */
export class DeleteAccountDto {
  /** @example 'correct horse battery' */
  @GivenPassword()
  currentPassword!: string;
}

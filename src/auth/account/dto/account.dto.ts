import { EmailAddress, NeedsOneOf, Optional } from '../../../common/input/rules';
import { GivenPassword, NewPassword } from '../../passwords/password.rule';

/** A change of the caller's own account. */
@NeedsOneOf('email', 'password')
export class UpdateAccountDto {
  /** @example 'correct horse battery' */
  @GivenPassword()
  currentPassword!: string;

  /** @example ada@example.org */
  @Optional()
  @EmailAddress()
  email?: string;

  /**
   * a new one; ends every other session
   * @example 'wrong pony accumulator'
   */
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

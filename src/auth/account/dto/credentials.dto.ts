import { EmailAddress } from '../../../common/input/rules';
import { GivenPassword, NewPassword } from '../../passwords/password.rule';

/** A new account. */
export class RegisterDto {
  /**
   * compared without regard to case; its domain is stored in the ASCII form (`xn--…`)
   * @example grace@example.com
   */
  @EmailAddress()
  email!: string;

  /**
   * any characters, not a commonly used password and not the e-mail address
   * @example 'correct horse battery'
   */
  @NewPassword()
  password!: string;
}

/** The credentials of a login. */
export class LoginDto {
  /** @example ada@example.com */
  @EmailAddress()
  email!: string;

  /** @example 'correct horse battery' */
  @GivenPassword()
  password!: string;
}

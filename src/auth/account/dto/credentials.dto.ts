import { EmailAddress } from '../../../common/input/rules';
import { GivenPassword, NewPassword } from '../../passwords/password.rule';

/** What a new account is made of. */
export class RegisterDto {
  /**
   * compared without regard to case
   * @example ada@example.com
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

/** What a login takes. */
export class LoginDto {
  /** @example ada@example.com */
  @EmailAddress()
  email!: string;

  /** @example 'correct horse battery' */
  @GivenPassword()
  password!: string;
}
